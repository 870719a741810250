import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const FOLDER = fileURLToPath(new URL('../../deploy/edge/compose/', import.meta.url));

it.each([
  ['/opt/sightline', '/etc/sightline', '/opt/sightline', '/etc/sightline'],
  ['/srv/my clones', '/srv/a b', '/srv/my clones', '/srv/a b'],
  ['/srv/R&D#1', '/srv/@RUN@&x', '/srv/R&D#1', '/srv/@RUN@&x'],
  ['/srv/100%\\x"', '/srv/%h', '/srv/100%%\\\\x\\"', '/srv/%%h'],
])('the systemd unit of a clone in %s runs it there, with the state in %s', (clone, state, run, named) => {
  const folder = temporaryFolder();
  const here = join(folder.path, clone);
  mkdirSync(here, { recursive: true });
  copyFileSync(join(FOLDER, 'sightline.service'), join(here, 'sightline.service'));
  const script = `. "$1"; here=$2 STATE=$3; write_unit`;
  const { stdout } = spawnSync('bash', ['-euc', script, 'unit', join(FOLDER, 'run/service.sh'), here, state], {
    encoding: 'utf8',
  });
  folder.remove();
  expect(stdout).toContain(`\nEnvironment="SIGHTLINE_STATE=${named}"\n`);
  expect(stdout).toContain(`\nExecStart="${folder.path}${run}/run.sh" --start\n`);
  expect(stdout).toContain(`\nExecStop="${folder.path}${run}/run.sh" --stop\n`);
});
