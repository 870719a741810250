import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

interface Entry {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

describe('package-lock.json', () => {
  const packages: Record<string, Entry> = JSON.parse(read('package-lock.json')).packages;
  const entries = Object.entries(packages).filter(([path]) => path !== '');

  it('names no host to install from, and the hash of everything', () => {
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    expect(entries.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
  });

  // npm 9 and 10 know no `allowScripts`: they run the scripts of what is marked here. `npm install` of a new version of
  // onnxruntime-node brings the mark back; take it out again, or their installation fetches CUDA from another host.
  it('lets the package `node` alone run an install script', () => {
    expect(entries.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)).toEqual(['node_modules/node']);
    expect(JSON.parse(read('package.json')).allowScripts).toEqual({ node: true, 'onnxruntime-node': false });
  });

  // npm 11's `npm ci` refuses a lock file without them, on every machine.
  it('holds every system’s variant of Biome, sharp and the other platform packages', () => {
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('.gitignore', () => {
  it('keeps keys and bundles out of a commit of everything, wherever the commands of docs/deploying.md put them, and no source', () => {
    const secrets = ['pki/ca.key', 'pki/index.json', 'deploy/cloud/pki/ca.key', 'broker-tls/tls.key', 'gate-3.bundle'];
    const others = ['minio.env', 'authority.tar.gz', 'device.pem'];
    const ignored = spawnSync(
      'git',
      ['check-ignore', '--no-index', ...secrets, ...others, 'src/cli/pki/authority.ts'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(ignored.stdout.trim().split('\n')).toEqual([...secrets, ...others]);
  });
});

describe('.npmrc', () => {
  it('names no registry and no credentials', () => {
    expect(read('.npmrc')).not.toMatch(/registry\s*=|\/\/|_auth|token/i);
  });
});
