/** Where the middle of a face is at a time, and how wide the face is there. */
export interface Waypoint {
  /** Seconds since the scene began. */
  readonly at: number;
  /** Pixels of the frame. */
  readonly x: number;
  readonly y: number;
  /** Width of the face in pixels. */
  readonly face: number;
}

export type Pose = Omit<Waypoint, 'at'>;

/** Steps a second, and how far a head goes up and down with them, in widths of the face. */
const STEPS_HZ = 1.9;
const BOB = 0.04;
/** Nobody stands quite still. */
const SWAY = 0.015;
const SWAY_HZ = 0.23;
const SPEED_STEP_SECONDS = 0.01;

/**
 * A walk through waypoints: piecewise cubic with the tangents of Fritsch and Butland (1984), so that it never overshoots,
 * and stands still between two waypoints at one place. Steps and a slight sway come on top.
 *
 * @param waypoints two or more, in order of time.
 */
export class Path {
  readonly #waypoints: readonly Waypoint[];
  readonly #phase: number;

  /** @param phase 0–1: where in their step and sway this person begins. */
  constructor(waypoints: readonly Waypoint[], phase = 0) {
    if (waypoints.length < 2) throw new Error(`Expected two waypoints or more, got ${waypoints.length}`);
    for (const [i, { at }] of waypoints.entries()) {
      const before = waypoints[i - 1];
      if (before && at <= before.at)
        throw new Error(`Expected waypoints in order of time, got ${at} after ${before.at}`);
    }
    this.#waypoints = waypoints;
    this.#phase = phase;
  }

  get begins(): number {
    return (this.#waypoints[0] as Waypoint).at;
  }

  get ends(): number {
    return (this.#waypoints.at(-1) as Waypoint).at;
  }

  /** Undefined before the first waypoint and after the last. */
  poseAt(seconds: number): Pose | undefined {
    if (seconds < this.begins || seconds > this.ends) return undefined;
    const { x, y, face } = this.#plain(seconds);
    const later = this.#plain(Math.min(this.ends, seconds + SPEED_STEP_SECONDS));
    const facesPerSecond = Math.hypot(later.x - x, later.y - y) / SPEED_STEP_SECONDS / face;
    const walking = Math.min(1, facesPerSecond);
    const turn = 2 * Math.PI * this.#phase;
    return {
      x: x + face * SWAY * Math.sin(2 * Math.PI * SWAY_HZ * seconds + turn),
      y: y + face * BOB * walking * Math.sin(2 * Math.PI * STEPS_HZ * seconds + turn),
      face,
    };
  }

  #plain(seconds: number): Pose {
    const points = this.#waypoints;
    const next = Math.max(
      1,
      points.findIndex(({ at }) => at >= seconds),
    );
    return {
      x: interpolate(points, next, seconds, 'x'),
      y: interpolate(points, next, seconds, 'y'),
      face: interpolate(points, next, seconds, 'face'),
    };
  }
}

/** Cubic Hermite between waypoints `next - 1` and `next`. */
function interpolate(points: readonly Waypoint[], next: number, seconds: number, key: 'x' | 'y' | 'face'): number {
  const [from, to] = [points[next - 1] as Waypoint, points[next] as Waypoint];
  const span = to.at - from.at;
  const t = (seconds - from.at) / span;
  const [t2, t3] = [t * t, t * t * t];
  return (
    (2 * t3 - 3 * t2 + 1) * from[key] +
    (t3 - 2 * t2 + t) * span * tangent(points, next - 1, key) +
    (3 * t2 - 2 * t3) * to[key] +
    (t3 - t2) * span * tangent(points, next, key)
  );
}

/** Harmonic mean of the slopes before and after, zero where the direction changes; the only slope at the ends. */
function tangent(points: readonly Waypoint[], at: number, key: 'x' | 'y' | 'face'): number {
  const before = slope(points[at - 1], points[at], key);
  const after = slope(points[at], points[at + 1], key);
  if (before === undefined || after === undefined) return before ?? after ?? 0;
  return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
}

function slope(from: Waypoint | undefined, to: Waypoint | undefined, key: 'x' | 'y' | 'face'): number | undefined {
  return from && to && (to[key] - from[key]) / (to.at - from.at);
}
