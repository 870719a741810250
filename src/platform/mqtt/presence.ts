import type { MqttLink } from './link.ts';

const LOOK_EVERY_MS = 10_000;
/** Lasting stats are told at the latest after so many looks, and `online` is said again: lines to the cloud may be metered. */
const MAX_QUIET_LOOKS = 6;

export interface PresenceOptions<Stats extends object> {
  /** Retained: online, or offline when we leave or (by the will) die. */
  readonly statusTopic: string;
  readonly statsTopic: string;
  /** What the device says of itself; JSON. */
  readonly stats: () => Stats | Promise<Stats>;
  /**
   * Given: the stats are retained, so that the last word of a device that is away can be read, and told once a minute; within 10 s
   * where this part of them, what somebody would act on, is another than was told. Left out: told every 10 s, not retained.
   */
  readonly news?: (stats: Stats) => unknown;
  readonly lookEveryMs?: number;
}

/** The will that a link needs for its presence. */
export function offlineWill(statusTopic: string): { topic: string; payload: Buffer } {
  return { topic: statusTopic, payload: Buffer.from('offline') };
}

/** Says on a broker that a device is there, and how it fares. */
export class Presence<Stats extends object> {
  readonly #options: PresenceOptions<Stats>;
  #timer: NodeJS.Timeout | undefined;
  #toldNews = '';
  #quietLooks = 0;
  #looksSinceOnline = 0;
  #hasLeft = false;

  constructor(options: PresenceOptions<Stats>) {
    this.#options = options;
  }

  /** Call at each connection: a broker that lost its disk has lost what was retained. */
  async announce(link: MqttLink): Promise<void> {
    await this.#sayOnline(link, 1);
    this.#timer ??= setInterval(() => void this.#tellIfDue(link), this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    const stats = await this.#look();
    if (stats) await this.#tell(link, stats);
  }

  /** Call before the link is stopped: a clean goodbye sends no will. Resolves when it is on its way; a link that stops lets it out. */
  async leave(link: MqttLink): Promise<void> {
    clearInterval(this.#timer);
    this.#hasLeft = true;
    if (!link.isUp) return;
    const stats = this.#options.news ? await this.#look() : undefined;
    if (stats) void this.#publish(link, stats);
    void link.publish(this.#options.statusTopic, 'offline', { qos: 1, retain: true }).catch(() => undefined);
  }

  async #tellIfDue(link: MqttLink): Promise<void> {
    this.#quietLooks += 1;
    this.#looksSinceOnline += 1;
    const stats = await this.#look();
    if (!stats) return;
    const { news } = this.#options;
    const isQuiet = news !== undefined && JSON.stringify(news(stats)) === this.#toldNews;
    if (!isQuiet || this.#quietLooks >= MAX_QUIET_LOOKS) await this.#tell(link, stats);
  }

  async #sayOnline(link: MqttLink, qos: 0 | 1): Promise<void> {
    this.#looksSinceOnline = 0;
    await link.publish(this.#options.statusTopic, 'online', { qos, retain: true }).catch(() => undefined);
  }

  /** Nothing where the device can't be looked at just now: the next look may succeed, and until then its silence tells. */
  async #look(): Promise<Stats | undefined> {
    try {
      return await this.#options.stats();
    } catch {
      return undefined;
    }
  }

  async #tell(link: MqttLink, stats: Stats): Promise<void> {
    if (this.#hasLeft || !link.isUp) return;
    const { news } = this.#options;
    // The will of an earlier connection with another client id may come after our word and stand in its place.
    if (this.#looksSinceOnline >= (news ? 1 : MAX_QUIET_LOOKS)) void this.#sayOnline(link, 0);
    if (!(await this.#publish(link, stats))) return;
    this.#quietLooks = 0;
    if (news) this.#toldNews = JSON.stringify(news(stats));
  }

  /** Resolves to whether it is on its way. */
  async #publish(link: MqttLink, stats: Stats): Promise<boolean> {
    const payload = JSON.stringify({ at: new Date().toISOString(), ...stats });
    const retain = this.#options.news !== undefined;
    return link.publish(this.#options.statsTopic, payload, { qos: 0, retain }).then(
      () => true,
      () => false,
    );
  }
}
