import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Everything in the repository that a shell reads. */
const scripts = globSync('{.ci,bench,bin,deploy,setup,src,test}/**/*', {
  cwd: ROOT,
  exclude: (name) => ['node_modules', '.cache', 'cdk.out'].includes(basename(name)),
}).filter(isScript);

partDescribe('shellcheck', 'shell scripts', () => {
  it.each(scripts)('%s passes shellcheck', (path) => {
    const { status, stdout } = spawnSync('shellcheck', ['--external-sources', path], { cwd: ROOT, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('are found', () => {
    expect(scripts).toEqual(expect.arrayContaining(['.ci/run', 'deploy/edge/run.sh', 'test/support/s3-server.sh']));
  });
});

it.each(scripts.filter((path) => /^deploy\/.*run\.sh$/.test(path)))(
  '%s explains itself and refuses what it does not know',
  (path) => {
    const help = spawnSync(`${ROOT}${path}`, ['--help'], { encoding: 'utf8' });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: run\.sh /);
    const refused = spawnSync(`${ROOT}${path}`, ['--no-such-option'], { encoding: 'utf8' });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^run\.sh: .*--no-such-option/m);
  },
);

function isScript(path: string): boolean {
  if (!statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.isFile()) return false;
  if (path.endsWith('.sh')) return true;
  return !/\.[a-z]+$/.test(path) && /^#!.*\b(ba)?sh\b/.test(readFileSync(`${ROOT}${path}`, 'utf8').slice(0, 60));
}
