import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepFamily } from './keep-family.js';
import { takeTypesAway } from './take-types-away.js';

const usage = `Usage: node deploy/images/fill.js FAMILY amd64|arm64 FOLDER
Fills FOLDER with what an image of that family has in /opt/sightline: this checkout's programs as JavaScript, and of its
node_modules what the family's services open on that system.`;

const root = fileURLToPath(new URL('../../', import.meta.url));
const cpus = new Map([
  ['amd64', 'x64'],
  ['arm64', 'arm64'],
]);

/**
 * @param {string} family vision, relay or cloud
 * @param {string} arch Node's word for it
 * @param {string} to
 */
function fill(family, arch, to) {
  mkdirSync(join(to, 'setup'), { recursive: true });
  for (const path of ['package.json', 'package-lock.json', 'LICENSE', 'THIRD_PARTY_NOTICES.md'])
    copyFileSync(join(root, path), join(to, path));
  for (const path of ['bin/run.js', 'node_modules']) cpSync(join(root, path), join(to, path), { recursive: true });
  keepFamily(to, family, { platform: 'linux', arch, libc: 'glibc' });
  takeTypesAway(join(root, 'src'), join(to, 'src'));
  // The launcher names the program's file.
  const launcher = readFileSync(join(root, 'setup/launch.js'), 'utf8');
  if (!launcher.includes("'src/main.ts'")) throw new Error("Expected 'src/main.ts' in setup/launch.js, got none");
  writeFileSync(join(to, 'setup/launch.js'), launcher.replaceAll("'src/main.ts'", "'src/main.js'"));
}

const [family = '', arch = '', folder] = process.argv.slice(2);
const cpu = cpus.get(arch);
if (cpu === undefined || folder === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  mkdirSync(dirname(folder), { recursive: true });
  fill(family, cpu, folder);
}
