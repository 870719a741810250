import { Random } from '../../../test/support/random.ts';
import { Cast } from '../cast.ts';
import { Path, type Waypoint } from '../path.ts';
import { paintRoom } from '../room.ts';
import { type Actor, FRAME_HEIGHT, type Scene } from '../scene.ts';
import { walk } from '../walk.ts';

const PILLAR_X = 985;
const NEAR = 1;
const MIDDLE = 2;
const PILLAR = 3;
const FAR = 4;

/** People hide one another, and a pillar hides them, for less than a second: each stays one visit, and none becomes another's. */
export function crossings(seed: number): Scene {
  const random = new Random(seed);
  const cast = new Cast(random);
  const actors: Actor[] = [];
  const add = (waypoints: readonly Waypoint[], depth: number) => actors.push(cast.actor(waypoints, depth));
  const y = random.between(270, 320);
  const face = random.between(95, 120);
  // Two stand apart and then walk through each other's place.
  add(walk({ enter: 'left', leave: 'right', at: 0.5, y, face, speed: 300, stops: [{ x: 330, seconds: 1.5 }] }), MIDDLE);
  const nearer = { y: y + 15, face: face * 1.1, speed: 280 };
  add(walk({ enter: 'right', leave: 'left', at: 0.8, ...nearer, stops: [{ x: 900, seconds: 1.5 }] }), NEAR);
  // One stands, another passes behind and stands beyond.
  add(walk({ enter: 'left', leave: 'left', at: 10, ...nearer, stops: [{ x: 560, seconds: 6 }] }), NEAR);
  const behind = { y: y - 5, face: face * 0.9, speed: 260 };
  add(walk({ enter: 'right', leave: 'left', at: 12, ...behind, stops: [{ x: 250, seconds: 1.5 }] }), MIDDLE);
  // One goes behind another and turns round there.
  add(walk({ enter: 'right', leave: 'right', at: 21, ...nearer, stops: [{ x: 520, seconds: 5.5 }] }), NEAR);
  const turning = [
    { x: 260, seconds: 1.2 },
    { x: 510, seconds: 0.15 },
    { x: 270, seconds: 0.8 },
  ];
  add(walk({ enter: 'left', leave: 'left', at: 22, ...behind, stops: turning }), MIDDLE);
  // Two pass the pillar's far side, one each way, and one passes before it.
  const slim = { y: y - 10, face: face * 0.75, speed: 330 };
  add(walk({ enter: 'left', leave: 'right', at: 32, ...slim, stops: [{ x: 700, seconds: 1.2 }] }), FAR);
  add(walk({ enter: 'right', leave: 'left', at: 36.5, ...slim, y: y - 30, stops: [{ x: 620, seconds: 1.2 }] }), FAR);
  add(walk({ enter: 'right', leave: 'right', at: 40, ...nearer, stops: [{ x: 860, seconds: 1.5 }] }), NEAR);
  const pillarPlace = { x: PILLAR_X, y: FRAME_HEIGHT / 2, face: 100 };
  const seconds = 46;
  return {
    name: 'crossings',
    fps: 15,
    seconds,
    seed,
    background: () => paintRoom(seed),
    actors,
    props: [
      {
        depth: PILLAR,
        look: { type: 'pillar', width: 125, shade: random.between(35, 60) },
        path: new Path([
          { at: -1, ...pillarPlace },
          { at: seconds + 1, ...pillarPlace },
        ]),
      },
    ],
    longestExposureSeconds: 1 / 15,
    noise: 1.8,
  };
}
