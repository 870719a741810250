import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { makeFolder } from './make-folder.ts';

const folder = temporaryFolder();
afterEach(folder.remove);

it('makes what is missing, says what it made first, and makes nothing twice', () => {
  const deep = join(folder.path, 'a', 'b', 'c');
  expect(makeFolder(deep, 0o700)).toBe(join(folder.path, 'a'));
  expect(statSync(deep).mode & 0o777).toBe(0o700);
  expect(makeFolder(deep)).toBeUndefined();
});

it('fails with the system’s error where a file stands in the way', () => {
  makeFolder(folder.path);
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(join(file, 'below'))).toThrow(/ENOTDIR/);
  expect(() => makeFolder(file)).toThrow(/EEXIST/);
});

it.skipIf(process.platform !== 'linux')('fails, and does not try for ever, below /proc', () => {
  expect(() => makeFolder('/proc/nowhere/faces')).toThrow(/ENOENT|EPERM|EACCES/);
});
