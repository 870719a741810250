import { yuvColour } from '../picture/yuv-to-rgb.ts';
import type { FrameShape } from './raw-frame-reader.ts';

/** ffmpeg's showinfo filter prints two such lines per frame on standard error (FFmpeg, libavfilter/vf_showinfo.c; alike from 4.4 to 8). */
const SHOWINFO = /showinfo[^\]]*\] n: *\d+ pts: *\S+ pts_time: *(\S+) .*?fmt:(\S+) .*? s:(\d+)x(\d+) /;
const SHOWINFO_COLOUR = /showinfo[^\]]*\] *color_range:(\S+) color_space:(\S+)/;
const SHOWINFO_OTHER = /Parsed_showinfo_/;
const KEPT_LINES = 40;

/** Reads ffmpeg's standard error: the frames' sizes, times and colours out of it, the last lines of the rest for when it fails. */
export class FfmpegLog {
  readonly #onFrame: (shape: FrameShape) => void;
  readonly #lines: string[] = [];
  #rest = '';
  /** A frame whose colour was not told yet. */
  #pending: Omit<FrameShape, 'colour'> | undefined;
  #isFullRange = false;

  constructor(onFrame: (shape: FrameShape) => void) {
    this.#onFrame = onFrame;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  /** To be called when no more is written: the last frame may be waiting for its colour. */
  end(): void {
    this.#announce('unknown');
  }

  /** The last lines, oldest first. They hold the source's URL: nothing of it may be shown before it has been redacted. */
  get tail(): string {
    return [...this.#lines, this.#rest].filter((line) => line !== '').join('\n');
  }

  #read(line: string): void {
    const frame = SHOWINFO.exec(line);
    if (frame !== null) {
      this.#announce('unknown');
      const seconds = Number(frame[1]);
      const ptsSeconds = Number.isFinite(seconds) ? seconds : undefined;
      this.#pending = { width: Number(frame[3]), height: Number(frame[4]), ptsSeconds };
      this.#isFullRange = frame[2] === 'yuvj420p';
      return;
    }
    const colour = SHOWINFO_COLOUR.exec(line);
    if (colour !== null) {
      this.#isFullRange ||= colour[1] === 'pc';
      this.#announce(colour[2] ?? 'unknown');
    } else if (line !== '' && !SHOWINFO_OTHER.test(line)) {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    }
  }

  #announce(matrix: string): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#onFrame({ ...pending, colour: yuvColour(matrix, this.#isFullRange) });
  }
}
