import type { YuvColour } from './picture.ts';

/** Factors that turn luma and chroma bytes into red, green and blue (Rec. ITU-T H.273, equations 38 to 47). */
export interface YuvFactors {
  readonly lumaOffset: number;
  readonly luma: number;
  readonly redOfCr: number;
  readonly greenOfCb: number;
  readonly greenOfCr: number;
  readonly blueOfCb: number;
}

/** Matrix coefficients by ffmpeg's names; whatever is not named there is taken for BT.601, as ffmpeg itself does. */
const MATRICES: Readonly<Record<string, { readonly kr: number; readonly kb: number }>> = {
  bt709: { kr: 0.2126, kb: 0.0722 },
  bt2020nc: { kr: 0.2627, kb: 0.0593 },
  bt2020c: { kr: 0.2627, kb: 0.0593 },
  smpte240m: { kr: 0.212, kb: 0.087 },
  fcc: { kr: 0.3, kb: 0.11 },
};
const BT601 = { kr: 0.299, kb: 0.114 };

export function yuvColour(matrix: string, isFullRange: boolean): YuvColour {
  return { ...(MATRICES[matrix] ?? BT601), isFullRange };
}

export function yuvFactors({ kr, kb, isFullRange }: YuvColour): YuvFactors {
  const chroma = isFullRange ? 1 : 255 / 224;
  const kg = 1 - kr - kb;
  return {
    lumaOffset: isFullRange ? 0 : 16,
    luma: isFullRange ? 1 : 255 / 219,
    redOfCr: 2 * (1 - kr) * chroma,
    greenOfCb: (-2 * kb * (1 - kb) * chroma) / kg,
    greenOfCr: (-2 * kr * (1 - kr) * chroma) / kg,
    blueOfCb: 2 * (1 - kb) * chroma,
  };
}
