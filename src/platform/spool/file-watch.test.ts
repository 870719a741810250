import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { BODIES_FILE } from './body-file.ts';
import { INDEX_FILE } from './database.ts';
import { FileWatch } from './file-watch.ts';

let folder: string;
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  folder = path;
  for (const name of [INDEX_FILE, BODIES_FILE]) writeFileSync(join(folder, name), 'x');
});

it('is content while the files stay, whatever is written into them', () => {
  const watch = new FileWatch(folder);
  expect(watch.lost()).toBeUndefined();
  writeFileSync(join(folder, BODIES_FILE), 'more', { flag: 'a' });
  expect(watch.lost()).toBeUndefined();
});

it('notices that the folder is gone', () => {
  const watch = new FileWatch(folder);
  watch.lost();
  rmSync(folder, { recursive: true });
  expect(watch.lost()).toContain(`${INDEX_FILE} was removed or replaced`);
});

it('notices another file in its place, until it is told that others were opened', () => {
  const watch = new FileWatch(folder);
  watch.lost();
  writeFileSync(join(folder, 'other'), 'x');
  renameSync(join(folder, 'other'), join(folder, BODIES_FILE));
  expect(watch.lost()).toContain(`${BODIES_FILE} was removed or replaced`);
  watch.renew();
  expect(watch.lost()).toBeUndefined();
});
