import type { Picture } from './picture/picture.ts';

/** One picture from a camera, upright. */
export type Frame = Picture & FrameFacts;

export interface FrameFacts {
  /** Number of this picture in its source, from 0. For a video file the decoded frame's number. */
  readonly index: number;
  /** When the camera took it; for a file the start of playing plus the frame's own timestamp. */
  readonly capturedAt: Date;
  /** True when nothing ties this frame to the one before it: the next picture of a folder, a cut. */
  readonly cut: boolean;
  /** Gives the memory back to the source: nobody may use the frame afterwards. Where there is none, or it isn't called, the garbage collector does it. */
  readonly release?: () => void;
}
