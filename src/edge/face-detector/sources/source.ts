import type { Log } from '../../../platform/log.ts';
import type { Frame } from '../frame.ts';

/** `max`: every frame in order, as fast as it is asked for. `realtime`: a file plays at its own speed. Live sources know only the second. */
export type Pace = 'realtime' | 'max';

export type SourceState = 'connecting' | 'streaming' | 'stalled' | 'failed' | 'ended';

export interface SourceStatus {
  readonly state: SourceState;
  /** What went wrong last, in words for a person, without credentials. */
  readonly error?: string;
  /** What that person can do about it. */
  readonly hint?: string;
  /** How often the source was opened anew. */
  readonly restarts: number;
}

/** Counters since the source was opened; each frame or image is in exactly one of them. */
export interface SourceCounts {
  /** Frames handed to the consumer. */
  delivered: number;
  /** Frames lost because the consumer was late: the newest wins. */
  dropped: number;
  /** Frames left out on purpose, closer together than `fps` allows. */
  passedOver: number;
  /** Images of a folder that could not be used. */
  unreadable: number;
}

export interface FrameSource {
  /** `live` never ends by itself and may drop; `file` ends. */
  readonly kind: 'live' | 'file';
  /** For people; without credentials. */
  readonly name: string;
  readonly counts: Readonly<SourceCounts>;
  /**
   * The frames, once: a second call is an error. Nothing runs before the first is asked for, and when the loop is left or the signal aborted
   * (the iteration then simply ends) everything has been released. A frame's data belongs to whoever received it, until it calls `release`.
   *
   * @throws {SourceError} for a file that cannot be read; live sources report through `onState` and try again.
   */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
}

export interface SourceOptions {
  readonly pace: Pace;
  /** Most frames per second; with `pace: 'max'` it does not apply to files. */
  readonly fps?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Name or path of ffmpeg; by default `ffmpeg` from PATH. */
  readonly ffmpegPath?: string | undefined;
  /** A live source without a frame for so long is opened anew; default 10,000. */
  readonly stallTimeoutMs?: number | undefined;
  /** Images with more pixels are not decoded; default 100,000,000. */
  readonly maxPixels?: number | undefined;
  /** `sample` only: begin again after the last photograph. */
  readonly loop?: boolean | undefined;
  readonly log: Log;
  readonly onState?: ((status: SourceStatus) => void) | undefined;
}

export function noCounts(): SourceCounts {
  return { delivered: 0, dropped: 0, passedOver: 0, unreadable: 0 };
}
