import { readdirSync, readFileSync } from 'node:fs';

const [output = '', store = ''] = process.argv.slice(2);
const last = readFileSync(output, 'utf8').trim().split('\n').at(-1) ?? '';
const files = readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\.(png|jpg|webp)$/.test(path),
);

try {
  const { captured, stored, refused, evicted, released, pending } = JSON.parse(last);
  const settled = stored + refused + evicted + released;
  if (!(captured > 0 && captured === settled && pending === 0 && files.length === stored)) {
    throw new Error(`Expected captured > 0, all settled and stored = files, got ${files.length} files and ${last}`);
  }
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
