import { readFacts } from '../../src/contract/capture-facts.ts';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { judge, judgeByHeader } from '../../src/contract/judge.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureTopic, DEFAULT_PREFIX } from '../../src/contract/topics.ts';
import { median } from '../measuring/statistics.ts';
import { METADATA, pictures } from './pictures.ts';

/** What a keeper pays for looking at one capture. Start: `node bench/contract/main.ts`, on Node 24. */
const ROUNDS = 25;
const CALLS_A_ROUND = 200;
const TOPIC = captureTopic(DEFAULT_PREFIX, METADATA);
const WORK: Readonly<Record<string, (image: Buffer) => unknown>> = {
  judge: (image) => judge(DEFAULT_PREFIX, TOPIC, image),
  judgeByHeader: (image) => judgeByHeader(DEFAULT_PREFIX, TOPIC, image),
  readFacts,
  readMetadata,
  sha256Hex,
};

interface Cost {
  readonly wallMicros: number;
  readonly cpuMicros: number;
}

async function costOfCall(work: () => unknown): Promise<Cost> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  for (let call = 0; call < CALLS_A_ROUND; call += 1) await work();
  const wallMicros = ((performance.now() - startedMs) * 1000) / CALLS_A_ROUND;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMicros, cpuMicros: (user + system) / CALLS_A_ROUND };
}

const images = await pictures();
const costs = new Map<string, Cost[]>();
// Each round does everything once: other work on the machine then slows everything alike.
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [picture, image] of images) {
    for (const [name, work] of Object.entries(WORK)) {
      const key = `${picture} (${Math.round(image.length / 1000)} KB)  ${name}`;
      costs.set(key, [...(costs.get(key) ?? []), await costOfCall(() => work(image))]);
    }
  }
}
process.stdout.write('µs per call: least, middle; CPU of all threads, least\n');
for (const [key, all] of costs) {
  const wall = all.map(({ wallMicros }) => wallMicros);
  const figures = [Math.min(...wall), median(wall), Math.min(...all.map(({ cpuMicros }) => cpuMicros))];
  process.stdout.write(`${key.padEnd(52)}${figures.map((micros) => micros.toFixed(0).padStart(6)).join('')}\n`);
}
