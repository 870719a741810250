import { loadPhoto, type Photo, type Portrait } from './portraits.ts';
import { Sprite } from './sprite.ts';

/** Somebody who can be drawn: placements name the middle of the face. */
export interface Person {
  readonly sprite: Sprite;
  /** Pixels of the face at a scale of 1. */
  readonly faceWidth: number;
  readonly faceHeight: number;
}

/** `back`: hair and clothes, no face. */
export interface PersonView {
  readonly side: 'front' | 'back';
  readonly isMirrored?: boolean | undefined;
}

type Colour = readonly [red: number, green: number, blue: number];

/** How far the picture reaches from the middle of the face, in widths and heights of the face. */
const REACH = { aside: 1.35, above: 1.02, below: 4.5 } as const;
/** Half the width of the body at these depths, both as above: neck, shoulders, the rest. */
const OUTLINE = [
  [0.4, 0.36],
  [0.62, 0.45],
  [1.0, 1.0],
  [1.35, 1.16],
  [4.5, 1.2],
] as const;
const HEAD = { y: -0.1, across: 0.8, down: 0.8 } as const;
const BACK_OF_HEAD = { y: -0.1, across: 0.62, down: 0.72 } as const;
/** Below this depth clothes are painted: the photographs end, or show somebody else. */
const PHOTO_UNTIL = 1.6;

const people = new Map<string, Promise<Person>>();

/** Cuts head and shoulders out of a photograph with a soft edge, and paints a body below. */
export function makePerson(portrait: Portrait, { side, isMirrored = false }: PersonView): Promise<Person> {
  const key = `${portrait.name} ${side} ${isMirrored}`;
  const made = people.get(key) ?? paintPerson(portrait, side, isMirrored);
  people.set(key, made);
  return made;
}

async function paintPerson(
  { photo: file, face, others }: Portrait,
  side: PersonView['side'],
  isMirrored: boolean,
): Promise<Person> {
  const photo = await loadPhoto(file);
  const width = Math.round(face.width * REACH.aside * 2);
  const height = Math.round(face.height * (REACH.above + REACH.below));
  const middle = { x: face.x + face.width / 2, y: face.y + face.height / 2 };
  const at = (x: number, y: number) => ({ x: middle.x + x * face.width, y: middle.y + y * face.height });
  const clothes = meanColour(photo, at(-0.6, 1.15), at(0.6, 1.45));
  const hair = meanColour(photo, at(-0.2, -0.78), at(0.2, -0.68));
  const rgba = new Uint8Array(width * height * 4);
  for (let row = 0; row < height; row += 1) {
    const y = (row + 0.5) / face.height - REACH.above;
    for (let column = 0; column < width; column += 1) {
      const x = ((column + 0.5) / face.width - REACH.aside) * (isMirrored ? -1 : 1);
      const body = bodyMask(x, y);
      const head = ellipseMask(x, y, side === 'front' ? HEAD : BACK_OF_HEAD);
      if (body === 0 && head === 0) continue;
      const cloth = shade(clothes, x, y);
      const to = (row * width + column) * 4;
      if (side === 'back') {
        put(rgba, to, mix(cloth, streaks(hair, x, y), head), Math.max(head, body));
        continue;
      }
      const point = at(x, y);
      const isPhoto = y < PHOTO_UNTIL;
      const seen = isPhoto ? Math.max(head, 1 - othersMask(point, others)) * insideMask(point, photo) : 0;
      const share = seen * smooth(PHOTO_UNTIL, PHOTO_UNTIL - 0.4, y);
      put(rgba, to, share === 0 ? cloth : mix(cloth, sample(photo, point), share), Math.max(head, body));
    }
  }
  const anchor = { x: face.width * REACH.aside, y: face.height * REACH.above };
  const sprite = await Sprite.make({ width, height, rgba }, anchor);
  return { sprite, faceWidth: face.width, faceHeight: face.height };
}

function bodyMask(x: number, y: number): number {
  const next = OUTLINE.findIndex(([depth]) => depth > y);
  if (next <= 0) return 0;
  const [[fromY, fromX], [toY, toX]] = [OUTLINE[next - 1], OUTLINE[next]] as [
    readonly [number, number],
    readonly [number, number],
  ];
  const half = fromX + (toX - fromX) * smooth(fromY, toY, y);
  return smooth(half + 0.05, half - 0.05, Math.abs(x)) * smooth(0.4, 0.5, y);
}

function ellipseMask(x: number, y: number, { y: middle, across, down }: typeof HEAD | typeof BACK_OF_HEAD): number {
  return smooth(1.06, 0.92, Math.hypot(x / across, (y - middle) / down));
}

/** 1 in the faces of others, hair included. */
function othersMask({ x, y }: { x: number; y: number }, others: Portrait['others']): number {
  const masks = others.map((other) => {
    const across = (x - other.x - other.width / 2) / other.width;
    const down = (y - other.y - other.height / 2) / other.height;
    return smooth(1.2, 0.9, Math.hypot(across / 0.8, (down + 0.1) / 0.85));
  });
  return Math.max(0, ...masks);
}

function insideMask({ x, y }: { x: number; y: number }, { width, height }: Photo): number {
  return smooth(0, 25, Math.min(x, y, width - 1 - x, height - 1 - y));
}

/** Folds and a fall-off to the sides, so that clothes are no flat colour. */
function shade(colour: Colour, x: number, y: number): Colour {
  const folds = 1 + 0.09 * Math.sin(x * 9 + Math.sin(y * 3) * 1.5) + 0.05 * Math.sin(y * 13 + x * 4);
  const round = 1 - 0.3 * Math.min(1, Math.abs(x) / 1.2) ** 2;
  return scaled(colour, folds * round);
}

function streaks(colour: Colour, x: number, y: number): Colour {
  return scaled(colour, 0.9 + 0.2 * Math.sin(x * 34 + Math.sin(y * 5)) + 0.12 * Math.sin(x * 71 + y * 3));
}

function meanColour(photo: Photo, from: { x: number; y: number }, to: { x: number; y: number }): Colour {
  const sum = [0, 0, 0];
  const steps = 12;
  for (let i = 0; i < steps * steps; i += 1) {
    const across = ((i % steps) + 0.5) / steps;
    const down = (Math.floor(i / steps) + 0.5) / steps;
    const colour = sample(photo, { x: from.x + (to.x - from.x) * across, y: from.y + (to.y - from.y) * down });
    for (const [channel, value] of colour.entries()) sum[channel] = (sum[channel] as number) + value / steps ** 2;
  }
  return sum as unknown as Colour;
}

/** The nearest pixel; beyond the border, the border's. */
function sample({ data, width, height }: Photo, { x, y }: { x: number; y: number }): Colour {
  const column = Math.min(Math.max(0, Math.floor(x)), width - 1);
  const at = (Math.min(Math.max(0, Math.floor(y)), height - 1) * width + column) * 3;
  return [data[at] as number, data[at + 1] as number, data[at + 2] as number];
}

function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function scaled([red, green, blue]: Colour, by: number): Colour {
  return [Math.min(255, red * by), Math.min(255, green * by), Math.min(255, blue * by)];
}

function put(rgba: Uint8Array, at: number, [red, green, blue]: Colour, alpha: number): void {
  rgba[at] = red;
  rgba[at + 1] = green;
  rgba[at + 2] = blue;
  rgba[at + 3] = alpha * 255;
}

/** 0 at `from`, 1 at `to`, without a corner in between (smoothstep); `from` may be the larger. */
function smooth(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
