import { describe, expect, it } from 'vitest';
import { Path, type Waypoint } from './path.ts';
import { crossing, shifted, walk } from './walk.ts';

const STANDS: readonly Waypoint[] = [
  { at: 1, x: 0, y: 300, face: 100 },
  { at: 3, x: 500, y: 300, face: 100 },
  { at: 6, x: 500, y: 300, face: 100 },
  { at: 8, x: 0, y: 300, face: 100 },
];

function speed(path: Path, seconds: number): number {
  const [from, to] = [path.poseAt(seconds), path.poseAt(seconds + 0.01)];
  return from && to ? Math.abs(to.x - from.x) / 0.01 : Number.NaN;
}

describe('Path', () => {
  it('is nowhere before it begins and after it ends', () => {
    const path = new Path(STANDS);
    expect([path.poseAt(0.99), path.poseAt(8.01)]).toEqual([undefined, undefined]);
    expect(path.poseAt(1)).toMatchObject({ face: 100 });
    expect(path.poseAt(8)).toMatchObject({ face: 100 });
  });

  it('walks on, and sways only a little where it stands', () => {
    const path = new Path(STANDS);
    expect(speed(path, 2)).toBeGreaterThan(200);
    for (let seconds = 3; seconds < 6; seconds += 0.1) {
      expect(speed(path, seconds)).toBeLessThan(5);
      expect(Math.abs((path.poseAt(seconds)?.x ?? 0) - 500)).toBeLessThan(2);
    }
  });

  it('never goes beyond its waypoints, but for steps and sway', () => {
    const path = new Path([
      { at: 0, x: 0, y: 0, face: 40 },
      { at: 1, x: 10, y: 200, face: 45 },
      { at: 1.2, x: 700, y: 210, face: 240 },
      { at: 5, x: 705, y: 211, face: 250 },
    ]);
    for (let seconds = 0; seconds <= 5; seconds += 0.01) {
      const pose = path.poseAt(seconds);
      expect(pose?.face).toBeGreaterThanOrEqual(40);
      expect(pose?.face).toBeLessThanOrEqual(250);
      expect(pose?.x).toBeGreaterThan(-0.02 * 250);
      expect(pose?.x).toBeLessThan(705 + 0.02 * 250);
    }
  });

  it('refuses what is no walk', () => {
    expect(() => new Path(STANDS.slice(0, 1))).toThrow('Expected two waypoints or more, got 1');
    expect(() => new Path(STANDS.toReversed())).toThrow('Expected waypoints in order of time, got 6 after 8');
  });
});

describe('walk', () => {
  const waypoints = walk({
    ...{ enter: 'left', leave: 'right', at: 2, y: 300, face: 100, speed: 500 },
    stops: [{ x: 850, seconds: 3 }],
  });

  it('comes from beyond the border, stands and goes', () => {
    expect(waypoints).toEqual([
      { at: 2, x: -150, y: 300, face: 100 },
      { at: 4, x: 850, y: 300, face: 100 },
      { at: 7, x: 850, y: 300, face: 100 },
      { at: 7 + (1280 + 150 - 850) / 500, x: 1430, y: 300, face: 100 },
    ]);
  });

  it('knows when the face crosses a border', () => {
    const [comes, goes] = [crossing(waypoints, 0, 'first'), crossing(waypoints, 1280, 'last')];
    expect(new Path(waypoints).poseAt(comes)?.x).toBeCloseTo(0, -1);
    expect(new Path(waypoints).poseAt(goes)?.x).toBeCloseTo(1280, -1);
    expect(crossing(shifted(waypoints, 1.5), 0, 'first')).toBeCloseTo(comes + 1.5, 1);
    expect(() => crossing(waypoints, 2000, 'first')).toThrow('Expected a walk that crosses column 2000');
  });
});
