import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';
import { addNoise, compress, defocus, expose, fade, type Random, smear } from './degrade.ts';

/** What is done to a face before it is looked at. */
export interface Treatment {
  /** One per component of quality, and what no component is named after. */
  readonly kind: 'size' | 'defocus' | 'motion' | 'exposure' | 'contrast' | 'noise' | 'compression' | 'cut' | 'mixed';
  /** Side of the face in the frame, √(width × height), pixels. */
  readonly side: number;
  /** Which side of the frame cuts off how much of the face's box. */
  readonly cut?: { readonly edge: 'left' | 'right' | 'top' | 'bottom'; readonly share: number };
  readonly apply: (frame: RgbPicture) => RgbPicture | Promise<RgbPicture>;
}

const SIDE = 110;
const SMALL_SIDE = 50;
const SIDES = [14, 18, 22, 26, 32, 38, 45, 55, 65, 80, 100, 130, 160, 200];
/** Shares of the face's side. */
const SIGMAS = [0.007, 0.012, 0.018, 0.025, 0.035, 0.05, 0.07, 0.1];
const SMALL_SIGMAS = [0.015, 0.025, 0.04, 0.06, 0.09];
const SMEARS = [0.03, 0.06, 0.1, 0.15, 0.22, 0.3];
const STOPS = [-9, -7.5, -6.5, -5.5, -4.5, -3.5, -2.5, -1.5, 1, 1.7, 2.4, 3.2, 4];
const CONTRASTS = [0.06, 0.12, 0.25, 0.5];
const NOISES = [5, 12, 25, 45];
const JPEG_QUALITIES = [5, 10, 25];
const CUTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const EDGES = ['left', 'top', 'right', 'bottom'] as const;
const SENSOR_NOISE = 1.5;
const MIXTURES = 16;

export function treatments(random: Random): Treatment[] {
  const dimmed = (frame: RgbPicture, stops: number) => addNoise(expose(frame, stops), SENSOR_NOISE, random);
  const unchanged = (frame: RgbPicture) => frame;
  const smears = [SIDE, SMALL_SIDE].flatMap((side) =>
    SMEARS.map((share): Treatment => {
      const angle = random() * Math.PI;
      return { kind: 'motion', side, apply: (frame) => smear(frame, { length: share * side, angle }) };
    }),
  );
  const cuts = CUTS.flatMap((share) => {
    const edge = EDGES[Math.floor(random() * EDGES.length)] ?? 'left';
    return { kind: 'cut', side: SIDE, cut: { edge, share }, apply: unchanged } as const;
  });
  return [
    ...SIDES.map((side) => ({ kind: 'size', side, apply: unchanged }) as const),
    ...SIGMAS.map(
      (share) => ({ kind: 'defocus', side: SIDE, apply: (frame) => defocus(frame, share * SIDE) }) satisfies Treatment,
    ),
    ...SMALL_SIGMAS.map(
      (share) =>
        ({
          kind: 'defocus',
          side: SMALL_SIDE,
          apply: (frame) => defocus(frame, share * SMALL_SIDE),
        }) satisfies Treatment,
    ),
    ...smears,
    ...STOPS.map(
      (stops) => ({ kind: 'exposure', side: SIDE, apply: (frame) => dimmed(frame, stops) }) satisfies Treatment,
    ),
    ...CONTRASTS.map(
      (contrast) =>
        ({ kind: 'contrast', side: SIDE, apply: (frame) => dimmed(fade(frame, contrast), 0) }) satisfies Treatment,
    ),
    ...NOISES.map(
      (sigma) => ({ kind: 'noise', side: SIDE, apply: (frame) => addNoise(frame, sigma, random) }) satisfies Treatment,
    ),
    ...JPEG_QUALITIES.map(
      (quality) =>
        ({ kind: 'compression', side: SIDE, apply: (frame) => compress(frame, quality) }) satisfies Treatment,
    ),
    ...cuts,
    ...Array.from({ length: MIXTURES }, () => mixture(random)),
  ];
}

/** As they come in life: some blur, some darkness, now and then the border. */
function mixture(random: Random): Treatment {
  const side = 25 * 8 ** random();
  const sigma = random() < 0.5 ? 0 : 0.06 * random() * side;
  const length = random() < 0.6 ? 0 : 0.2 * random() * side;
  const angle = random() * Math.PI;
  const stops = random() < 0.5 ? 0 : -7 + 9 * random();
  const noise = random() < 0.7 ? SENSOR_NOISE : 15 * random();
  const isCut = random() < 0.2;
  const edge = EDGES[Math.floor(random() * EDGES.length)] ?? 'left';
  return {
    kind: 'mixed',
    side,
    ...(isCut && { cut: { edge, share: 0.5 * random() } }),
    apply: async (frame) =>
      addNoise(expose(smear(await defocus(frame, sigma), { length, angle }), stops), noise, random),
  };
}
