/** Upright pixels, rows from top to bottom without padding: decoded images are RGB, video frames stay in luma and chroma, half the bytes. */
export type Picture = RgbPicture | YuvPicture;

export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  /** RGB24: 3 bytes a pixel. */
  readonly data: Uint8Array;
}

/** I420: a plane of luma, then two of chroma (Cb, Cr) at half the width and height, rounded up. */
export interface YuvPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly colour: YuvColour;
}

/** How luma and chroma were made of red, green and blue (Rec. ITU-T H.273, clause 8.3). */
export interface YuvColour {
  readonly kr: number;
  readonly kb: number;
  /** Luma from 0 to 255; otherwise from 16 to 235. */
  readonly isFullRange: boolean;
}

/** A rectangle in whole pixels, inside its picture. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function isYuv(picture: Picture): picture is YuvPicture {
  return 'colour' in picture;
}

/** Where the planes of an I420 picture lie in its data. */
export function yuvLayout({ width, height }: { readonly width: number; readonly height: number }) {
  const chroma = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const cbAt = width * height;
  const crAt = cbAt + chroma.width * chroma.height;
  return { chroma, cbAt, crAt, bytes: crAt + chroma.width * chroma.height };
}
