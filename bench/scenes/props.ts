import sharp from 'sharp';
import { makePerson } from './person.ts';
import type { PropLook } from './scene.ts';
import { FRAME_HEIGHT } from './scene.ts';
import { Sprite } from './sprite.ts';

/** A picture of a thing, and by how much a `face` of one pixel in its path scales it. */
export interface PropPicture {
  readonly sprite: Sprite;
  readonly scalePerFacePixel: number;
}

/** Sizes below are those at a `face` of 100. */
const DRAWN_AT = 1 / 100;

export async function makeProp(look: PropLook): Promise<PropPicture> {
  if (look.type === 'backOf') {
    const { sprite, faceWidth } = await makePerson(look.portrait, { side: 'back' });
    return { sprite, scalePerFacePixel: 1 / faceWidth };
  }
  const { width, height, shapes } = DRAWINGS[look.type](look as never);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  const rgba = await sharp(Buffer.from(svg)).ensureAlpha().toColourspace('srgb').raw().toBuffer();
  return {
    sprite: await Sprite.make({ width, height, rgba }, { x: width / 2, y: height / 2 }),
    scalePerFacePixel: DRAWN_AT,
  };
}

type Drawing = { readonly width: number; readonly height: number; readonly shapes: string };

const DRAWINGS = {
  /** From the top of the frame to its bottom, when its middle is the frame's. */
  pillar({ width, shade }: { width: number; shade: number }): Drawing {
    const lights = [0.75, 1.1, 0.95, 0.6].map(
      (light, i, all) => `<stop offset="${i / (all.length - 1)}" stop-color="hsl(35 8% ${shade * light}%)"/>`,
    );
    const joints = [90, 270, 450, 630].map(
      (y) => `<rect y="${y}" width="${width}" height="3" fill="hsl(35 10% ${shade * 0.5}%)"/>`,
    );
    return {
      width,
      height: FRAME_HEIGHT,
      shapes: `<linearGradient id="g">${lights.join('')}</linearGradient><rect width="${width}" height="${FRAME_HEIGHT}" fill="url(#g)"/>${joints.join('')}`,
    };
  },
  trolley(): Drawing {
    const parcels = [
      [20, 20, 130, 110, 'peru'],
      [155, 50, 100, 80, 'sienna'],
      [30, 132, 210, 70, 'tan'],
    ].map(
      ([x, y, w, h, fill]) =>
        `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" stroke="#432" stroke-width="4"/>`,
    );
    const wheels = [50, 220].map(
      (x) => `<circle cx="${x}" cy="245" r="24" fill="#222"/><circle cx="${x}" cy="245" r="9" fill="#999"/>`,
    );
    return {
      width: 270,
      height: 270,
      shapes: `${parcels.join('')}<rect x="8" y="204" width="254" height="18" fill="#567"/>${wheels.join('')}`,
    };
  },
  ball(): Drawing {
    const stripes = [-60, -20, 20, 60].map((x) => `<ellipse cx="${75 + x / 2}" cy="75" rx="8" ry="70" fill="gold"/>`);
    return {
      width: 150,
      height: 150,
      shapes: `<radialGradient id="b" cx="0.35" cy="0.3"><stop stop-color="tomato"/><stop offset="1" stop-color="darkred"/></radialGradient><circle cx="75" cy="75" r="72" fill="url(#b)"/>${stripes.join('')}`,
    };
  },
} as const;
