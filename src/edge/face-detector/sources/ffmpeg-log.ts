import type { FrameShape } from './raw-frame-reader.ts';

/** ffmpeg's showinfo filter prints one such line per frame on standard error (FFmpeg, libavfilter/vf_showinfo.c; alike from 4.4 to 8). */
const SHOWINFO = /showinfo[^\]]*\] n: *\d+ pts: *\S+ pts_time: *(\S+) .*? s:(\d+)x(\d+) /;
const SHOWINFO_OTHER = /Parsed_showinfo_/;
const KEPT_LINES = 40;

/** Reads ffmpeg's standard error: the frames' sizes and times out of it, the last lines of the rest for when it fails. */
export class FfmpegLog {
  readonly #onFrame: (shape: FrameShape) => void;
  readonly #lines: string[] = [];
  #rest = '';

  constructor(onFrame: (shape: FrameShape) => void) {
    this.#onFrame = onFrame;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  /** The last lines, oldest first. They hold the source's URL: nothing of it may be shown before it has been redacted. */
  get tail(): string {
    return [...this.#lines, this.#rest].filter((line) => line !== '').join('\n');
  }

  #read(line: string): void {
    const match = SHOWINFO.exec(line);
    if (match !== null) {
      const seconds = Number(match[1]);
      const ptsSeconds = Number.isFinite(seconds) ? seconds : undefined;
      this.#onFrame({ width: Number(match[2]), height: Number(match[3]), ptsSeconds });
    } else if (line !== '' && !SHOWINFO_OTHER.test(line)) {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    }
  }
}
