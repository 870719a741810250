import { inImage } from './hardened.ts';

/** e_machine of an ELF file (System V ABI, "ELF Header"), in the words of Docker's platforms. */
const MACHINES: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64' };

// Runs in the image: the first 20 bytes of every file that Sightline put there.
const LIST = `
  const { openSync, readSync, closeSync, readdirSync } = require('node:fs');
  const head = Buffer.alloc(20);
  for (const folder of process.argv.slice(1))
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = entry.parentPath + '/' + entry.name;
      const file = openSync(path);
      if (readSync(file, head) === 20 && head.toString('latin1', 0, 4) === '\\x7fELF') console.log(head.readUInt16LE(18), path);
      closeSync(file);
    }`;

/** Every program and library below folders of an image, each with the architecture that it is for. */
export async function elfFiles(image: string, ...folders: readonly string[]): Promise<Map<string, string>> {
  const lines = (await inImage(image, 'node', '-e', LIST, ...folders)).split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [machine, ...path] = line.split(' ');
      return [path.join(' '), MACHINES[Number(machine)] ?? `machine ${machine}`];
    }),
  );
}
