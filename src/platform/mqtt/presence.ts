import type { MqttLink } from './link.ts';

const STATS_EVERY_MS = 10_000;

export interface PresenceOptions {
  /** Retained: online, or offline when we leave or (by the will) die. */
  readonly statusTopic: string;
  readonly statsTopic: string;
  /** What the device says of itself every 10 seconds; JSON. */
  readonly stats: () => object;
}

/** The will that a link needs for its presence. */
export function offlineWill(statusTopic: string): { topic: string; payload: Buffer } {
  return { topic: statusTopic, payload: Buffer.from('offline') };
}

/** Says on a broker that a device is there, and how it fares. */
export class Presence {
  readonly #options: PresenceOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Call at each connection: a broker that lost its disk has lost what was retained. */
  async announce(link: MqttLink): Promise<void> {
    await link.publish(this.#options.statusTopic, 'online', { qos: 1, retain: true }).catch(() => undefined);
    this.#timer ??= setInterval(() => void this.#publishStats(link), STATS_EVERY_MS);
    await this.#publishStats(link);
  }

  /** Call before the link is stopped: a clean goodbye sends no will. */
  async leave(link: MqttLink): Promise<void> {
    clearInterval(this.#timer);
    if (!link.isUp) return;
    await link.publish(this.#options.statusTopic, 'offline', { qos: 1, retain: true }).catch(() => undefined);
  }

  async #publishStats(link: MqttLink): Promise<void> {
    if (!link.isUp) return;
    const stats = { at: new Date().toISOString(), ...this.#options.stats() };
    await link.publish(this.#options.statsTopic, JSON.stringify(stats), { qos: 0 }).catch(() => undefined);
  }
}
