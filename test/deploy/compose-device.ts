import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const FOLDER = fileURLToPath(new URL('../../deploy/edge/compose/', import.meta.url));
const ENROLMENT = ['ca.crt', 'tls.crt', 'tls.key', 'sightline.env'] as const;

export type BundleFiles = Readonly<Record<string, string>>;
export const CLOUD_OF_BUNDLE = 'SIGHTLINE_DEVICE=gate-3\nSIGHTLINE_CLOUD_BROKER=mqtts://cloud.example:8883\n';

/** `describe` for what hands files to other users. Root is there in CI; there a skip would hide that nothing was tested. */
export function rootDescribe(title: string, tests: () => void): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env.SIGHTLINE_TEST_REQUIRE_ALL === '1') {
    throw new Error(
      `Expected to run as root for ${title}, got user ${process.getuid?.()} (SIGHTLINE_TEST_REQUIRE_ALL=1)`,
    );
  }
  describe.skipIf(!isRoot)(isRoot ? title : `${title} (skipped: it needs root)`, tests);
}

/** A board with Compose and without an engine, a new one for each test of a describe; call it inside. */
export function composeDevice() {
  let temporary: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    temporary = temporaryFolder();
  });
  afterEach(() => temporary.remove());

  const inState = (...names: string[]) => join(temporary.path, 'state', ...names);

  return {
    get folder(): string {
      return temporary.path;
    },

    /** What lies there, or below the names. */
    inState,

    text: (name: string): string => readFileSync(inState(name), 'utf8'),

    /** The rights of a file, as 400. */
    mode: (name: string): string => (statSync(inState(name)).mode & 0o777).toString(8),

    /** deploy/edge/compose/run.sh with these arguments. */
    run(args: readonly string[], input = ''): SpawnSyncReturns<string> {
      const env = { PATH: process.env.PATH, SIGHTLINE_STATE: inState(), DOCKER_HOST: 'unix:///nowhere/docker.sock' };
      return spawnSync(join(FOLDER, 'run.sh'), [...args, '--no-service'], { env, input, encoding: 'utf8' });
    },

    /** As `sightline fleet enrol` writes it, with other files in the place of some. */
    bundle(files: BundleFiles = {}, names?: readonly string[]): string {
      const from = mkdtempSync(join(temporary.path, 'bundle-'));
      const all = { ...enrolment(), ...files };
      for (const [name, text] of Object.entries(all)) writeFileSync(join(from, name), text);
      return packed(from, names ?? Object.keys(all));
    },
  };
}

export function packed(from: string, names: readonly string[]): string {
  const archive = execFileSync('tar', ['-czf', '-', '-C', from, ...names]);
  return `${archive.toString('base64').replace(/.{76}/g, '$&\n')}\n`;
}

let known: BundleFiles | undefined;

/** The files of a real enrolment of gate-3, made once. */
export function enrolment(): BundleFiles {
  known ??= enrol('gate-3');
  return known;
}

/** Of an authority of its own. */
export function enrol(device: string, days = '1'): BundleFiles {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-enrolment-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('req', ...key, '-subj', `/CN=${device}`, '-keyout', 'tls.key', '-out', 'tls.csr');
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days];
  openssl('x509', '-req', '-in', 'tls.csr', ...signing, '-out', 'tls.crt');
  writeFileSync(join(folder, 'sightline.env'), CLOUD_OF_BUNDLE);
  const files = Object.fromEntries(ENROLMENT.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  rmSync(folder, { recursive: true });
  return files;
}
