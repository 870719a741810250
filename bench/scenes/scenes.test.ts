import { describe, expect, it } from 'vitest';
import { parseVisitTruth, type TrueVisit } from '../visit-score/visit-truth.ts';
import { makeLayers } from './layers.ts';
import { sceneTruth } from './scene-truth.ts';
import { SCENES } from './scenes.ts';

/** A person who is not seen for longer than the default `capture.visitTimeoutSeconds` would rightly be two visits. */
const LONGEST_GAP_SECONDS = 1.5;

async function visitsOf(name: string, seed: number) {
  const scene = SCENES[name]?.(seed);
  if (!scene) throw new Error(`Expected a scene ${name}`);
  return { scene, ...parseVisitTruth(sceneTruth(scene, await makeLayers(scene))) };
}

function longestGap({ boxes }: TrueVisit): number {
  const frames = [...boxes.keys()].sort((a, b) => a - b);
  return Math.max(0, ...frames.slice(1).map((frame, i) => frame - (frames[i] as number)));
}

function longestSide({ boxes }: TrueVisit): number {
  return Math.max(...[...boxes.values()].map(({ width }) => width));
}

describe('the scenes', () => {
  it.each([
    ['crossings', 9],
    ['door', 9],
    ['crowd', 12],
    ['sizes', 10],
  ])('%s: %i visits, each seen, without long gaps, ending before the video does', async (name, visits) => {
    const { scene, fps, frames, visits: found } = await visitsOf(name, 1);
    expect(found).toHaveLength(visits);
    for (const visit of found) {
      expect(visit.boxes.size / fps).toBeGreaterThan(1);
      expect(longestGap(visit) / fps).toBeLessThan(LONGEST_GAP_SECONDS);
      expect(Math.max(...visit.boxes.keys())).toBeLessThan(frames - 1);
    }
    // All but those who run by stand sharp for a second.
    const still = found.filter(({ sharp }) => sharp.size / fps > 1);
    expect(found.length - still.length).toBe(name === 'sizes' ? 2 : 0);
    expect(new Set(scene.actors.map(({ portrait }) => portrait.name)).size).toBe(visits);
  });

  it('has two people at one door within two seconds, seven times', async () => {
    const { fps, visits } = await visitsOf('door', 1);
    const gaps = visits.slice(1).map(({ boxes }, i) => {
      const before = visits[i] as TrueVisit;
      return (Math.min(...boxes.keys()) - Math.max(...before.boxes.keys())) / fps;
    });
    expect(gaps.filter((gap) => gap > 0.4 && gap < 2)).toHaveLength(7);
  });

  it('has faces of 40 to 300 pixels', async () => {
    const { visits } = await visitsOf('sizes', 1);
    const sides = visits.map(longestSide);
    expect(Math.min(...sides)).toBe(40);
    expect(Math.max(...sides)).toBe(300);
  });

  it('has five and more at once in a crowd', async () => {
    const { frames, visits } = await visitsOf('crowd', 1);
    const counts = Array.from({ length: frames }, (_, frame) => visits.filter(({ boxes }) => boxes.has(frame)).length);
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(5);
  });

  it('has nobody in the empty room, for a minute', async () => {
    const { fps, frames, visits } = await visitsOf('empty-room', 1);
    expect(visits).toEqual([]);
    expect(frames / fps).toBeGreaterThanOrEqual(60);
  });

  it('has other people and places for another seed, and the same for the same', async () => {
    const [one, same, other] = [SCENES.crowd?.(1), SCENES.crowd?.(1), SCENES.crowd?.(2)];
    const told = (scene: typeof one) =>
      JSON.stringify(scene?.actors.map(({ portrait, path }) => [portrait.name, path.poseAt(path.begins + 2)]));
    expect(told(same)).toBe(told(one));
    expect(told(other)).not.toBe(told(one));
  });
});
