import { Random } from '../../../test/support/random.ts';
import { Cast } from '../cast.ts';
import { Path, type Waypoint } from '../path.ts';
import { paintRoom } from '../room.ts';
import { type Actor, FRAME_HEIGHT, type Scene } from '../scene.ts';
import { crossing, shifted, walk } from '../walk.ts';

const SCREEN = { x: 1000, width: 350, depth: 2 } as const;
const BEHIND = 3;
const BEFORE = 1;
/** From one person's leaving to the next one's coming by the same way. */
const BORDER_GAPS_SECONDS = [0.5, 0.9, 1.4, 1.9] as const;
const SCREEN_GAPS_SECONDS = [0.6, 1.2, 1.8] as const;

/** One goes, and soon another comes by the same way: at the border, then from behind a screen. Each is a visit. */
export function door(seed: number): Scene {
  const random = new Random(seed);
  const cast = new Cast(random);
  const actors: Actor[] = [];
  const y = random.between(280, 330);
  const face = random.between(85, 115);
  const person = () => ({
    y: y + random.between(-12, 12),
    face: face * random.between(0.93, 1.07),
    speed: random.between(280, 380),
  });
  const visit = (): Waypoint[] =>
    walk({ enter: 'left', leave: 'left', at: 0, ...person(), stops: [{ x: random.between(350, 650), seconds: 1.3 }] });
  let last = shifted(visit(), 0.3);
  actors.push(cast.actor(last, BEFORE));
  for (const gap of BORDER_GAPS_SECONDS) {
    const next = visit();
    last = shifted(next, crossing(last, 0, 'last') + gap - crossing(next, 0, 'first'));
    actors.push(cast.actor(last, BEFORE));
  }
  // Somebody goes behind the screen; who comes out is somebody else, and goes behind it again.
  let hiddenAt = crossing(last, 0, 'last') + 3;
  const edge = SCREEN.x - SCREEN.width / 2;
  const first = enterAndHide(hiddenAt, person());
  actors.push(cast.actor(first, BEHIND));
  hiddenAt = crossing(first, edge, 'last');
  for (const gap of SCREEN_GAPS_SECONDS) {
    const next = comeOutAndHide(person(), random.between(380, 600));
    const timed = shifted(next, hiddenAt + gap - crossing(next, edge, 'first'));
    actors.push(cast.actor(timed, BEHIND));
    hiddenAt = crossing(timed, edge, 'last');
  }
  const seconds = Math.ceil(hiddenAt + 3);
  const screenPlace = { x: SCREEN.x, y: FRAME_HEIGHT / 2, face: 100 };
  return {
    name: 'door',
    fps: 25,
    seconds,
    seed,
    background: () => paintRoom(seed + 1000),
    actors,
    props: [
      {
        depth: SCREEN.depth,
        look: { type: 'pillar', width: SCREEN.width, shade: random.between(35, 60) },
        path: new Path([
          { at: -1, ...screenPlace },
          { at: seconds + 1, ...screenPlace },
        ]),
      },
    ],
    longestExposureSeconds: 1 / 30,
    noise: 2.2,
  };
}

interface Build {
  readonly y: number;
  readonly face: number;
  readonly speed: number;
}

/** From the left border, with a stop, to where the screen hides them. */
function enterAndHide(at: number, build: Build): Waypoint[] {
  const stops = [
    { x: 480, seconds: 1.3 },
    { x: SCREEN.x, seconds: 1 },
  ];
  return walk({ enter: 'left', leave: 'right', at, ...build, stops }).slice(0, -2);
}

/** From behind the screen to a stop, and back. */
function comeOutAndHide({ y, face, speed }: Build, x: number): Waypoint[] {
  const seconds = (SCREEN.x - x) / speed;
  return [
    { at: 0, x: SCREEN.x, y, face },
    { at: seconds, x, y, face },
    { at: seconds + 1.3, x, y, face },
    { at: 2 * seconds + 1.3, x: SCREEN.x, y, face },
  ];
}
