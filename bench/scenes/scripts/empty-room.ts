import { paintRoom } from '../room.ts';
import type { Scene } from '../scene.ts';

/** Nobody, for a minute: the sensor's noise alone. */
export function emptyRoom(seed: number): Scene {
  return {
    name: 'empty-room',
    fps: 15,
    seconds: 60,
    seed,
    background: () => paintRoom(seed + 3000),
    actors: [],
    props: [],
    longestExposureSeconds: 1 / 30,
    noise: 2,
  };
}
