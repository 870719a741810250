import { Random } from '../../../test/support/random.ts';
import { Cast } from '../cast.ts';
import { Path, type Waypoint } from '../path.ts';
import { paintRoom } from '../room.ts';
import { type Actor, FRAME_WIDTH, type Interval, type Prop, type Scene } from '../scene.ts';
import { walk } from '../walk.ts';

/** Width of the face in pixels, and the height of its middle in the frame. */
const SIZES = [
  { face: 40, y: 300 },
  { face: 60, y: 305 },
  { face: 90, y: 300 },
  { face: 140, y: 290 },
  { face: 210, y: 300 },
  { face: 300, y: 330 },
] as const;

/** Faces of 40 to 300 pixels, one after the other; somebody who comes nearer, who runs by, who stands for 20 s while the light goes down. */
export function sizes(seed: number): Scene {
  const random = new Random(seed);
  const cast = new Cast(random);
  const actors: Actor[] = [];
  const add = (waypoints: readonly Waypoint[], depth: number, away: readonly Interval[] = []) =>
    actors.push(cast.actor(waypoints, depth, away));
  let at = 0.3;
  for (const { face, y } of SIZES) {
    const stop = { x: random.between(450, 850), seconds: 1.5 };
    const isLeft = random.below(2) === 0;
    const waypoints = walk({
      ...{
        enter: isLeft ? 'left' : 'right',
        leave: isLeft ? 'right' : 'left',
        at,
        y,
        face,
        speed: 300 + face * 1.5,
        stops: [stop],
      },
    });
    add(waypoints, 3);
    at = (waypoints.at(-1) as Waypoint).at + 0.4;
  }
  // Far away at first, then right before the camera.
  const near = { x: 620, seconds: 1.5, y: 340, face: 250 };
  const coming = walk({
    enter: 'left',
    leave: 'right',
    at,
    y: 290,
    face: 45,
    speed: 170,
    stops: [{ x: 300, seconds: 1, face: 45 }, near],
  });
  add(coming, 2);
  at = (coming.at(-1) as Waypoint).at + 0.5;
  const run = { face: 120, y: 310, speed: 850, stops: [] };
  add(walk({ enter: 'right', leave: 'left', at, ...run }), 3);
  at += 3;
  // Stands for 20 s, looks away twice; somebody runs by behind, and a ball rolls past.
  const standing = walk({
    enter: 'left',
    leave: 'left',
    at,
    y: 300,
    face: 130,
    speed: 400,
    stops: [{ x: 560, seconds: 20 }],
  });
  const standsFrom = (standing[1] as Waypoint).at;
  add(standing, 2, [
    { from: standsFrom + 6, to: standsFrom + 6.8 },
    { from: standsFrom + 13, to: standsFrom + 14.2 },
  ]);
  add(walk({ enter: 'left', leave: 'right', at: standsFrom + 9, ...run, face: 80 }), 3);
  const ball: Prop = {
    depth: 1,
    look: { type: 'ball' },
    path: new Path([
      { at: standsFrom + 3, x: -100, y: 600, face: 80 },
      { at: standsFrom + 6, x: FRAME_WIDTH + 100, y: 600, face: 80 },
    ]),
  };
  return {
    name: 'sizes',
    fps: 20,
    seconds: Math.ceil((standing.at(-1) as Waypoint).at + 3),
    seed,
    background: () => paintRoom(seed + 2000),
    actors,
    props: [ball],
    light: [
      { at: standsFrom + 4, gain: 1 },
      { at: standsFrom + 4.3, gain: 0.5 },
      { at: standsFrom + 10, gain: 0.5 },
      { at: standsFrom + 10.2, gain: 1 },
    ],
    longestExposureSeconds: 1 / 25,
    noise: 1.6,
  };
}
