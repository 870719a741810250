import { Path, type Waypoint } from './path.ts';
import { FRAME_WIDTH } from './scene.ts';

export type Side = 'left' | 'right';

export interface Stop {
  readonly x: number;
  /** How long they stand there. */
  readonly seconds: number;
  /** Where these differ from the walk's. */
  readonly y?: number;
  readonly face?: number;
}

export interface Walk {
  readonly enter: Side;
  readonly leave: Side;
  /** When they are beyond the border still, with their shoulders too. */
  readonly at: number;
  /** Middle of the face, in pixels of the frame. */
  readonly y: number;
  /** Width of the face in pixels. */
  readonly face: number;
  /** Pixels per second, on average between two stops. */
  readonly speed: number;
  readonly stops: readonly Stop[];
}

/** Nothing of a person is seen when the face is so many of its widths beyond the border. */
const BEYOND = 1.5;

/** In by one border, a stand here and there, out by the same or the other. */
export function walk({ enter, leave, at, y, face, speed, stops }: Walk): Waypoint[] {
  const waypoints: Waypoint[] = [{ at, x: beyond(enter, stops[0]?.face ?? face), y, face: stops[0]?.face ?? face }];
  const goTo = (to: Omit<Waypoint, 'at'>) => {
    const from = waypoints.at(-1) as Waypoint;
    waypoints.push({ ...to, at: from.at + Math.hypot(to.x - from.x, to.y - from.y) / speed });
  };
  for (const stop of stops) {
    const place = { x: stop.x, y: stop.y ?? y, face: stop.face ?? face };
    goTo(place);
    waypoints.push({ ...place, at: (waypoints.at(-1) as Waypoint).at + stop.seconds });
  }
  const { face: lastFace, y: lastY } = waypoints.at(-1) as Waypoint;
  goTo({ x: beyond(leave, lastFace), y: lastY, face: lastFace });
  return waypoints;
}

export function shifted(waypoints: readonly Waypoint[], seconds: number): Waypoint[] {
  return waypoints.map((waypoint) => ({ ...waypoint, at: waypoint.at + seconds }));
}

/** When the middle of the face crosses this column: the first time, or the last. */
export function crossing(waypoints: readonly Waypoint[], x: number, which: 'first' | 'last'): number {
  const path = new Path(waypoints);
  const step = 0.005;
  const times: number[] = [];
  for (let seconds = path.begins; seconds + step < path.ends; seconds += step) {
    const [from, to] = [path.poseAt(seconds), path.poseAt(seconds + step)];
    if (from && to && from.x < x !== to.x < x) times.push(seconds);
  }
  const time = which === 'first' ? times[0] : times.at(-1);
  if (time === undefined) throw new Error(`Expected a walk that crosses column ${x}`);
  return time;
}

function beyond(side: Side, face: number): number {
  return side === 'left' ? -BEYOND * face : FRAME_WIDTH + BEYOND * face;
}
