import type { MqttLink } from './link.ts';

const LOOK_EVERY_MS = 10_000;
/** Lasting stats are told at the latest after so many looks: lines to the cloud may be metered. */
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

  constructor(options: PresenceOptions<Stats>) {
    this.#options = options;
  }

  /** Call at each connection: a broker that lost its disk has lost what was retained. */
  async announce(link: MqttLink): Promise<void> {
    await link.publish(this.#options.statusTopic, 'online', { qos: 1, retain: true }).catch(() => undefined);
    this.#timer ??= setInterval(() => void this.#tellIfDue(link), this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    await this.#tell(link, await this.#options.stats());
  }

  /** Call before the link is stopped: a clean goodbye sends no will. Resolves when it is on its way; a link that stops lets it out. */
  async leave(link: MqttLink): Promise<void> {
    clearInterval(this.#timer);
    if (!link.isUp) return;
    if (this.#options.news) void this.#publish(link, await this.#options.stats());
    void link.publish(this.#options.statusTopic, 'offline', { qos: 1, retain: true }).catch(() => undefined);
  }

  async #tellIfDue(link: MqttLink): Promise<void> {
    this.#quietLooks += 1;
    const { news, stats: look } = this.#options;
    const stats = await look();
    const isQuiet = news !== undefined && JSON.stringify(news(stats)) === this.#toldNews;
    if (!isQuiet || this.#quietLooks >= MAX_QUIET_LOOKS) await this.#tell(link, stats);
  }

  async #tell(link: MqttLink, stats: Stats): Promise<void> {
    if (!link.isUp || !(await this.#publish(link, stats))) return;
    this.#quietLooks = 0;
    if (this.#options.news) this.#toldNews = JSON.stringify(this.#options.news(stats));
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
