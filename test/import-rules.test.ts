import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const IMPORT = 'lint/style/noRestrictedImports';
const ENV = 'lint/style/noProcessEnv';
const DEFAULT = 'lint/style/noDefaultExport';

/** Every folder that holds a box or a layer; a new one must be added here and in biome.json. */
const FOLDERS = [
  'src/broker',
  'src/cli',
  'src/cloud/image-processor',
  'src/contract',
  'src/edge/face-detector',
  'src/edge/forwarder',
  'src/edge/message-logger',
  'src/platform',
  'src/up',
];
const SERVICES = FOLDERS.filter((folder) => /broker|cloud|edge/.test(folder));
const VENDORS = [
  'mqtt',
  'aedes',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-s3/dist-es/index.js',
  'onnxruntime-node',
  '@peculiar/x509',
];

type Planted = readonly [file: string, text: string, rule: string | undefined];

const use = (from: string) => `import { a } from '${from}';\nexport const b = a;`;
const up = (folder: string) => '../'.repeat(folder.split('/').length - 1);

const planted: readonly Planted[] = [
  ...FOLDERS.flatMap((folder): Planted[] => [
    ...VENDORS.map((vendor): Planted => [`${folder}/planted/x.ts`, use(vendor), IMPORT]),
    [`${folder}/planted/x.ts`, 'export const a = process.env.HOME;', ENV],
    [`${folder}/planted/x.ts`, "import { env } from 'node:process';\nexport const a = env.HOME;", ENV],
    [`${folder}/planted/x.ts`, 'export default 3;', DEFAULT],
    [`${folder}/planted/x.ts`, use('../y.ts'), undefined],
    [`${folder}/planted/x.ts`, use('zod'), undefined],
  ]),
  ...SERVICES.flatMap((folder) => [
    ...SERVICES.filter((other) => other !== folder).map(
      (other): Planted => [`${folder}/x.ts`, use(`${up(folder)}${other.slice(4)}/service.ts`), IMPORT],
    ),
    ...rootFiles().map((file): Planted => [`${folder}/x.ts`, use(`${up(folder)}${file}`), IMPORT]),
    ...['cli/command.ts', 'up/up.ts'].map((file): Planted => [`${folder}/x.ts`, use(`${up(folder)}${file}`), IMPORT]),
    ...['contract/names.ts', 'platform/log.ts', 'platform/mqtt/link.ts'].map(
      (file): Planted => [`${folder}/x.ts`, use(`${up(folder)}${file}`), undefined],
    ),
  ]),
  ...['src/contract', 'src/platform'].flatMap((folder) =>
    [...FOLDERS.filter((other) => other !== folder).map((other) => `${other.slice(4)}/service.ts`), ...rootFiles()].map(
      (file): Planted => [`${folder}/x.ts`, use(`../${file}`), IMPORT],
    ),
  ),
  // However it is written.
  [
    'src/edge/forwarder/x.ts',
    "import type { A } from '../../cloud/image-processor/service.ts';\nexport const a: A = 1;",
    IMPORT,
  ],
  ['src/edge/forwarder/x.ts', "export const a = await import('../../cloud/image-processor/service.ts');", IMPORT],
  ['src/edge/forwarder/x.ts', "export { a } from '../message-logger/service.ts';", IMPORT],
  ['src/edge/forwarder/deep/x.ts', "import '../../message-logger/service.ts';", IMPORT],
  ['src/cli/x.ts', use('../edge/forwarder/service.ts'), IMPORT],
  ['src/cli/x.ts', use('../edge/face-detector/frame.ts'), IMPORT],
  ['src/cli/models.ts', use('../edge/face-detector/models/pull.ts'), undefined],
  ['src/cli/models.ts', use('../edge/forwarder/service.ts'), IMPORT],
  ['src/cli/doctor/store-look.ts', use('../../cloud/image-processor/stores/open-store.ts'), undefined],
  ['src/cli/doctor/store-look.ts', use('../../edge/forwarder/service.ts'), IMPORT],
  ['src/cli/doctor/doctor.ts', use('../../cloud/image-processor/stores/open-store.ts'), IMPORT],
  ['src/cli/audit.ts', use('../cloud/image-processor/stores/open-store.ts'), undefined],
  ['src/cli/audit/x.ts', use('../../cloud/image-processor/stores/open-store.ts'), undefined],
  ['src/cli/audit/x.ts', use('../../cloud/image-processor/service.ts'), IMPORT],
  ['src/cli/spool/x.ts', use('../../cloud/image-processor/stores/open-store.ts'), IMPORT],
  ['src/main.ts', use('aedes'), IMPORT],
  // The one file of each vendor, and of the environment.
  ['src/platform/mqtt/quiet-client.ts', use('mqtt'), undefined],
  ['src/platform/mqtt/quiet-client.ts', use('aedes'), IMPORT],
  ['src/broker/embedded-broker.ts', use('aedes'), undefined],
  ['src/broker/embedded-broker.ts', use('../edge/forwarder/service.ts'), IMPORT],
  ['src/cloud/image-processor/stores/s3-client.ts', use('@aws-sdk/client-s3'), undefined],
  ['src/cloud/image-processor/stores/s3-client.ts', use('mqtt'), IMPORT],
  ['src/edge/face-detector/models/onnx-session.ts', use('onnxruntime-node'), undefined],
  ['src/edge/face-detector/models/onnx-session.ts', use('mqtt'), IMPORT],
  ['src/cli/pki/certificate-maker.ts', use('@peculiar/x509'), undefined],
  ['src/cli/pki/certificate-maker.ts', use('mqtt'), IMPORT],
  ['src/cli/pki/certificate-maker.ts', use('../../edge/forwarder/service.ts'), IMPORT],
  ['src/cli/pki/authority.ts', use('@peculiar/x509'), IMPORT],
  ['src/platform/config.ts', 'export const a = process.env.HOME;', undefined],
];

let folder: string;
let found: Map<string, string[]>;

/** Each planted text in a tree of its own, so that one run of the linter judges them all. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sightline-rules-'));
  const rules = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  planted.forEach(([file, text], index) => {
    const path = join(folder, String(index), file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  });
  // The rules name paths from the root of the tree; here each tree is one level down.
  const overrides = rules.overrides.map((override: { includes: string[] }) => ({
    ...override,
    includes: override.includes.map((path) => (path.startsWith('*') ? path : `*/${path}`)),
  }));
  const { $schema: _, vcs: __, ...rest } = rules;
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...rest, overrides }));
  found = lint(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('import rules', () => {
  it.each(
    planted.map(
      ([file, text, rule], index) => [rule ? 'refuse' : 'allow', file, text.split('\n')[0] ?? '', index, rule] as const,
    ),
  )('%s in %s: %s', (_, file, _text, index, rule) => {
    expect(found.get(`${index}/${file}`) ?? []).toEqual(rule ? [rule] : []);
  });

  it('are kept by the tree as it is', () => {
    const faults = [...lint(ROOT, 'src')].filter(([, rules]) =>
      rules.some((rule) => [IMPORT, ENV, DEFAULT].includes(rule)),
    );
    expect(faults).toEqual([]);
  });

  it('cover every folder of src', () => {
    const names = (path: string) =>
      readdirSync(join(ROOT, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${path}/${name}`);
    const folders = names('src').flatMap((path) => (['src/edge', 'src/cloud'].includes(path) ? names(path) : [path]));
    expect(folders.sort()).toEqual(FOLDERS);
  });
});

/** Files that lie in src itself: they know the services, so no service may know them. */
function rootFiles(): string[] {
  return readdirSync(join(ROOT, 'src')).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
}

/** Rules that were broken, by file. */
function lint(cwd: string, path = '.'): Map<string, string[]> {
  const biome = join(ROOT, 'node_modules/.bin/biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', '--reporter=json', '--max-diagnostics=none', path], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (!stdout.startsWith('{')) throw new Error(`Expected JSON from biome, got ${stderr || stdout}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
  const broken = new Map<string, string[]>();
  for (const { category, location } of diagnostics) {
    broken.set(location.path, [...(broken.get(location.path) ?? []), category]);
  }
  return broken;
}
