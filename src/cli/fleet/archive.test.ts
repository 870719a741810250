import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { archive } from './archive.ts';

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

it('is unpacked by tar, for the owner alone', () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const texts = { empty: '', short: 'é\n', block: 'x'.repeat(512), long: 'y'.repeat(70_001) };
  const packed = archive(Object.entries(texts).map(([name, text]) => ({ name, text })));
  execFileSync('tar', ['-xf', '-', '-C', path], { input: packed });
  expect(readdirSync(path).sort()).toEqual(Object.keys(texts).sort());
  for (const [name, text] of Object.entries(texts)) {
    expect(readFileSync(join(path, name), 'utf8')).toBe(text);
    expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
  }
});
