import type { Scene } from './scene.ts';
import { crossings } from './scripts/crossings.ts';
import { crowd } from './scripts/crowd.ts';
import { door } from './scripts/door.ts';
import { emptyRoom } from './scripts/empty-room.ts';
import { sizes } from './scripts/sizes.ts';

/** The scenes by name. Another seed gives other people, places and speeds. */
export const SCENES: Readonly<Record<string, (seed: number) => Scene>> = {
  crossings,
  door,
  crowd,
  sizes,
  'empty-room': emptyRoom,
};
