import { parseArgs } from 'node:util';
import { VERSION } from '../../src/platform/version.ts';
import { GOALS, imageSize } from './image-sizes.ts';

const usage = `Usage: npm run bench:images -- [--registry REG] [--base IMAGE]
Prints what each image has over its base image. They are to be built, in the engine that \`docker\` talks to.
  --registry REG   of REG/sightline-relay:${VERSION} (default: none)
  --base IMAGE     what they were built on (default: node:24-bookworm-slim)
`;

const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    base: { type: 'string', default: 'node:24-bookworm-slim' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  console.log('| image | over its base | goal | ffmpeg, apart | whole |\n|---|---|---|---|---|');
  for (const target of Object.keys(GOALS) as (keyof typeof GOALS)[]) {
    const name = `${values.registry === undefined ? '' : `${values.registry}/`}sightline-${target}:${VERSION}`;
    const { overBaseMb, ffmpegMb, wholeMb } = await imageSize(target, name, values.base);
    const goal = GOALS[target] === undefined ? '–' : `≤ ${GOALS[target]} MB`;
    const ffmpeg = ffmpegMb === 0 ? '–' : `${ffmpegMb.toFixed(1)} MB`;
    console.log(`| ${target} | ${overBaseMb.toFixed(1)} MB | ${goal} | ${ffmpeg} | ${wholeMb.toFixed(0)} MB |`);
  }
}
