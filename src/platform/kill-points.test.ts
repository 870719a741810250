import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseKillSwitch } from './kill-points.ts';

const MODULE = new URL('./kill-points.ts', import.meta.url).href;

function run(killAt: string | undefined, inWorker = false) {
  const work = `import { killPoint } from '${MODULE}';
    for (let pass = 1; pass <= 3; pass += 1) killPoint('spool/after-body', () => process._rawDebug('half of ' + pass));
    killPoint('spool/before-commit');
    process._rawDebug('lives');`;
  const script = inWorker
    ? `import { Worker } from 'node:worker_threads';
       new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(work)}`)}));`
    : work;
  return spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...(killAt === undefined ? {} : { SIGHTLINE_TEST_KILL_AT: killAt }) },
    },
  );
}

test('nothing happens where no test has asked for it', () => {
  expect(run(undefined)).toMatchObject({ status: 0, signal: null, stderr: 'lives\n' });
});

test.each([
  ['in the process', false],
  ['in a thread of it', true],
])('a process dies at the n-th pass, with half of the effect: %s', (_, inWorker) => {
  expect(run('spool/after-body:2', inWorker)).toMatchObject({ signal: 'SIGKILL', stderr: 'half of 2\n' });
  expect(run('spool/before-commit', inWorker)).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect(run('spool/after-body:4', inWorker)).toMatchObject({ signal: null, stderr: 'lives\n' });
});

test.each(['', 'spool', 'spool/after-body:0', 'spool/after-body:1:2', 'spool/after-body:x'])(
  '%j is refused',
  (text) => {
    expect(() => parseKillSwitch(text)).toThrow('Expected a kill point');
  },
);

test('a kill point that does not exist ends the process at once, not silently never', () => {
  expect(run('spool/after-bodies').stderr).toContain('got "spool/after-bodies"');
});
