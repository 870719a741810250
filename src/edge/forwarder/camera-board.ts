import { type DetectorStats, decodeDetectorStats } from '../../contract/detector-stats.ts';
import type { CameraReport, CameraState } from '../../contract/forwarder-stats.ts';
import { deviceTopic, parseTopic } from '../../contract/topics.ts';
import type { Message } from '../../platform/mqtt/connection.ts';

/** Detectors tell every 10 s. */
const AWAY_AFTER_MS = 30_000;
/** A camera that nobody has told of for so long was taken down. */
const FORGOTTEN_AFTER_MS = 86_400_000;
const MAX_CAMERAS = 256;
const MAX_DEVICES = 256;

/** What a detector calls the states of its cameras. */
const STATES: Readonly<Record<string, CameraState>> = { streaming: 'up', ended: 'ended', off: 'off' };

export interface CameraBoardOptions {
  readonly prefix: string;
  /** This forwarder's device: the cameras of others carry theirs. */
  readonly device: string;
  /** Said of a detector only where it differs. */
  readonly software: string;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

interface Seen {
  readonly report: CameraReport;
  readonly atMs: number;
}

/** The cameras behind this forwarder, as their detectors tell of them on the edge broker. */
export class CameraBoard {
  readonly #options: CameraBoardOptions;
  readonly #now: () => number;
  /** By device and camera, the longest silent first. */
  readonly #seen = new Map<string, Seen>();
  readonly #offline = new Set<string>();
  readonly #unsynced = new Map<string, number>();

  constructor(options: CameraBoardOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Where detectors tell. */
  get filters(): readonly string[] {
    const { prefix } = this.#options;
    return [deviceTopic(prefix, '+', 'stats'), deviceTopic(prefix, '+', 'status')];
  }

  /** @returns whether it was for the board, whatever it said. */
  receive({ topic, payload, retain }: Pick<Message, 'topic' | 'payload' | 'retain'>): boolean {
    // Captures come by the thousand: only what ends so can be one of ours.
    if (!topic.endsWith('/stats') && !topic.endsWith('/status')) return false;
    const parsed = this.#parse(topic);
    if (parsed?.type === 'status') this.#noteStatus(parsed.device, payload);
    // What is retained is of yesterday; on a broker that is the cloud's too it is a forwarder's.
    if (parsed?.type === 'stats' && !retain) this.#noteStats(parsed.device, decodeDetectorStats(payload));
    return true;
  }

  /** Every camera heard of within a day, by name. */
  cameras(): readonly CameraReport[] {
    const nowMs = this.#now();
    const reports: CameraReport[] = [];
    for (const [key, { report, atMs }] of this.#seen) {
      const silentMs = nowMs - atMs;
      if (silentMs > FORGOTTEN_AFTER_MS) this.#seen.delete(key);
      else if (silentMs > AWAY_AFTER_MS) reports.push({ ...report, state: 'away', reason: 'its detector is silent' });
      else reports.push(report);
    }
    const name = ({ device = '', id }: CameraReport) => `${device}/${id}`;
    return reports.sort((one, other) => (name(one) < name(other) ? -1 : 1));
  }

  /** A detector was there once and is gone, and nothing is known of its cameras. */
  get isDetectorAway(): boolean {
    return [...this.#offline].some((device) => ![...this.#seen.keys()].some((key) => key.startsWith(`${device}/`)));
  }

  /** False: a detector says that its machine's clock is not set. */
  get isClockSynced(): boolean {
    const nowMs = this.#now();
    return ![...this.#unsynced.values()].some((atMs) => nowMs - atMs <= AWAY_AFTER_MS);
  }

  #parse(topic: string) {
    try {
      return parseTopic(this.#options.prefix, topic);
    } catch {
      return undefined;
    }
  }

  #noteStatus(device: string, payload: Buffer): void {
    const isOffline = payload.length < 16 && payload.toString('latin1') === 'offline';
    if (!isOffline) this.#offline.delete(device);
    else if (this.#offline.size < MAX_DEVICES) this.#offline.add(device);
  }

  #noteStats(device: string, stats: DetectorStats | undefined): void {
    if (!stats) return;
    const atMs = this.#now();
    this.#offline.delete(device);
    if (stats.clockSynced !== false) this.#unsynced.delete(device);
    else if (this.#unsynced.size < MAX_DEVICES) this.#unsynced.set(device, atMs);
    const { device: own, software: ownSoftware } = this.#options;
    const { software } = stats;
    for (const { id, state: told, reason } of stats.cameras) {
      const state = STATES[told] ?? 'down';
      const report: CameraReport = {
        id,
        state,
        ...(state === 'down' ? { reason: reason || told } : {}),
        ...(device === own ? {} : { device }),
        ...(software === undefined || software === ownSoftware ? {} : { software }),
      };
      const key = `${device}/${id}`;
      this.#seen.delete(key);
      this.#seen.set(key, { report, atMs });
    }
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= MAX_CAMERAS) break;
      this.#seen.delete(key);
    }
  }
}
