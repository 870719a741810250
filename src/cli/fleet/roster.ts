import { decodeForwarderStats, type ForwarderStats } from '../../contract/forwarder-stats.ts';
import { parseTopic } from '../../contract/topics.ts';
import type { Message } from '../../platform/mqtt/connection.ts';

/** Devices that are listed; more are counted only. */
const MAX_DEVICES = 20_000;
/** By these a status is known; it is a word, not a letter. */
const STATUSES = ['online', 'offline'] as const;
const MAX_STATUS_BYTES = 16;

export type DeviceStatus = (typeof STATUSES)[number];

/** What is known of one device from the cloud broker. */
export interface Sighting {
  status?: DeviceStatus;
  stats?: ForwarderStats;
  /** It tells something that nobody can read. */
  isGarbled?: boolean;
}

/** The devices of a fleet, as their status and stats come in. Topics alone say whose they are. */
export class Roster {
  readonly #prefix: string;
  readonly #sightings = new Map<string, Sighting>();
  #leftOut = 0;
  #messages = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get sightings(): ReadonlyMap<string, Readonly<Sighting>> {
    return this.#sightings;
  }

  /** Messages about devices beyond those that are listed. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** How many messages came: it stands still when all have told. */
  get messages(): number {
    return this.#messages;
  }

  /** Devices that told one of status and stats, and not the other. */
  get halfKnown(): readonly string[] {
    return [...this.#sightings].filter(([, sighting]) => !isWhole(sighting)).map(([name]) => name);
  }

  /** Devices that are there and have not told how they fare yet: those of a forwarder that tells every 10 s and leaves nothing behind. */
  get isAwaited(): boolean {
    return [...this.#sightings.values()].some((sighting) => sighting.status === 'online' && !isWhole(sighting));
  }

  receive({ topic, payload }: Pick<Message, 'topic' | 'payload'>): void {
    this.#messages += 1;
    const parsed = this.#parse(topic);
    // An empty one is what a cleared topic says to those who listen.
    if (!parsed || payload.length === 0) return;
    if (parsed.type === 'status') this.#noteStatus(parsed.device, payload);
    else if (parsed.type === 'stats') this.#noteStats(parsed.device, payload);
  }

  #parse(topic: string) {
    try {
      const parsed = parseTopic(this.#prefix, topic);
      return parsed.type === 'status' || parsed.type === 'stats' ? parsed : undefined;
    } catch {
      return undefined;
    }
  }

  #noteStatus(device: string, payload: Buffer): void {
    const said = payload.toString('latin1', 0, MAX_STATUS_BYTES);
    const status = STATUSES.find((known) => known === said);
    const sighting = this.#of(device);
    if (sighting && status) sighting.status = status;
  }

  #noteStats(device: string, payload: Buffer): void {
    const stats = decodeForwarderStats(payload);
    // Where one broker is the edge's and the cloud's, detectors tell on the same topic.
    if (!stats && isOfDetector(payload)) return;
    const sighting = this.#of(device);
    if (!sighting) return;
    if (stats) sighting.stats = stats;
    else sighting.isGarbled = true;
  }

  #of(device: string): Sighting | undefined {
    const known = this.#sightings.get(device);
    if (known) return known;
    if (this.#sightings.size >= MAX_DEVICES) {
      this.#leftOut += 1;
      return undefined;
    }
    const sighting: Sighting = {};
    this.#sightings.set(device, sighting);
    return sighting;
  }
}

function isWhole({ status, stats, isGarbled }: Sighting): boolean {
  return status !== undefined && (stats !== undefined || isGarbled === true);
}

function isOfDetector(payload: Buffer): boolean {
  return payload.subarray(0, 4096).includes('"service":"face-detector"');
}
