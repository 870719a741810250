/**
 * Makes videos of people coming and going, with the truth of who was where:
 *
 *   npm run bench:scenes -- [--out DIR] [--seed N] [SCENE …]
 *
 * The people are cut out of the photographs that come with a dependency. Scenes: crossings, door, crowd, sizes, empty-room; all of
 * them where none is named. `npm run bench:visits -- --scene FILE` plays one and scores what was sent.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeScene } from './make-scene.ts';
import { SCENES } from './scenes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '../.cache/scenes') },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0)
  throw new Error(`Expected --seed with a whole number, got ${values.seed}.`);
const names = positionals.length === 0 ? Object.keys(SCENES) : positionals;
const unknown = names.find((name) => !SCENES[name]);
if (unknown !== undefined) throw new Error(`Expected one of ${Object.keys(SCENES).join(', ')}, got ${unknown}.`);

for (const name of names) {
  const scene = SCENES[name]?.(seed);
  if (!scene) continue;
  const startedMs = performance.now();
  const { video, truth } = await makeScene(scene, join(values.out, `seed-${seed}`));
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${video} and ${truth}: ${scene.seconds} s of ${scene.actors.length} visits, made in ${seconds.toFixed(1)} s`,
  );
}
