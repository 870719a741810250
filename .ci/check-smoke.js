import { readdirSync, readFileSync } from 'node:fs';

const [output = '', store = ''] = process.argv.slice(2);
const last = readFileSync(output, 'utf8').trim().split('\n').at(-1) ?? '';

try {
  const { captured, stored, refused, evicted, released, pending } = JSON.parse(last);
  const paths = readdirSync(store, { recursive: true, encoding: 'utf8' });
  const objects = paths.filter((path) => /\.(png|jpg|webp)$/.test(path)).length;
  const settled = stored + refused + evicted + released;
  if (!(captured > 0 && captured === settled && pending === 0 && objects === stored)) {
    throw new Error(
      `Expected captured > 0, all of it settled and stored = objects, got ${objects} objects and ${last}`,
    );
  }
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
