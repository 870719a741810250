import { Random } from '../../../test/support/random.ts';
import { Cast } from '../cast.ts';
import { Path } from '../path.ts';
import { blurredStairs } from '../room.ts';
import { type Actor, FRAME_WIDTH, type Prop, type Scene } from '../scene.ts';
import { type Side, type Stop, walk } from '../walk.ts';

const SECONDS = 44;
/** Places to stand, far enough apart that faces do not hide one another. */
const PLACES = [150, 345, 540, 735, 930, 1125] as const;
const ROUNDS = 2;

/** Up to six people at once, near and far, who come, stand and go in all directions past one another; and things without a face. */
export function crowd(seed: number): Scene {
  const random = new Random(seed);
  const cast = new Cast(random);
  const actors: Actor[] = [];
  const side = (): Side => (random.below(2) === 0 ? 'left' : 'right');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const x of random.shuffled(PLACES)) {
      const depth = 1 + random.below(5) + random.between(0, 0.5);
      // Nearer is larger and lower.
      const face = 150 - 18 * depth;
      const at = 0.5 + round * 21 + random.between(0, 6);
      const stop: Stop = { x: x + random.between(-25, 25), seconds: random.between(3, 7) };
      const waypoints = walk({
        ...{
          enter: side(),
          leave: side(),
          at,
          y: 380 - 32 * depth,
          face,
          speed: random.between(220, 420),
          stops: [stop],
        },
      });
      const standsFrom = waypoints[1]?.at ?? 0;
      // Every third looks away for a moment.
      const away = actors.length % 3 === 2 ? [{ from: standsFrom + 1.2, to: standsFrom + 1.8 }] : [];
      actors.push(cast.actor(waypoints, depth, away));
    }
  }
  return {
    name: 'crowd',
    fps: 10,
    seconds: SECONDS,
    seed,
    background: blurredStairs,
    actors,
    props: things(cast, random),
    light: [
      { at: 12, gain: 1 },
      { at: 14, gain: 0.8 },
      { at: 26, gain: 1.1 },
    ],
    longestExposureSeconds: 1 / 20,
    noise: 2.5,
  };
}

function things(cast: Cast, random: Random): Prop[] {
  const push = (from: number, to: number, y: number, face: number, at: number, seconds: number) =>
    new Path([
      { at, x: from, y, face },
      { at: at + seconds, x: to, y, face },
    ]);
  return [
    { depth: 0.6, look: { type: 'trolley' }, path: push(-200, FRAME_WIDTH + 200, 620, 90, random.between(3, 6), 6) },
    { depth: 0.5, look: { type: 'ball' }, path: push(FRAME_WIDTH + 100, -100, 640, 70, random.between(10, 14), 2.5) },
    {
      depth: 5.8,
      look: { type: 'backOf', portrait: cast.portrait() },
      path: push(-150, FRAME_WIDTH + 150, 200, 60, 20, 9),
    },
  ];
}
