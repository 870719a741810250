import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closureOf, readFamilies } from '../../deploy/images/keep-family.js';
import { takeTypesAway, toJavaScript } from '../../deploy/images/take-types-away.js';
import { reachOf } from './imported-packages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { every, ...families } = readFamilies();

describe('families.json', () => {
  it('names for every image just the packages that each command line loads', () => {
    expect(every?.packages).toEqual(reachOf(every?.entries ?? [], { later: false }).packages);
  });

  it.each(Object.entries(families))('names for %s just the packages that its programs load besides', (_, family) => {
    const { packages } = reachOf(family.entries, { later: true });
    expect(packages.filter((name) => !every?.packages.includes(name))).toEqual(family.packages);
  });

  it('has every service and every entry in one family', () => {
    const entries = Object.values(families).flatMap((family) => family.entries);
    expect(entries.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const services = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(edge|cloud)\/[^/]+\/service\.ts$/.test(path))
      .map((path) => `src/${path}`);
    expect(entries.filter((path) => path.endsWith('/service.ts')).sort()).toEqual(services.sort());
  });
});

describe('closureOf', () => {
  it('follows needs to the copy that Node would find, and to optional ones of other systems', () => {
    const packages = {
      '': {},
      'node_modules/a': { dependencies: { b: '1' } },
      'node_modules/b': { optionalDependencies: { 'c-linux': '1' } },
      'node_modules/a/node_modules/b': { dependencies: { d: '1' }, peerDependencies: { missing: '1' } },
      'node_modules/c-linux': {},
      'node_modules/d': { dependencies: { a: '1' } },
      'node_modules/e': {},
    };
    expect([...closureOf(packages, ['a'])].sort()).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/d',
    ]);
    expect([...closureOf(packages, ['b'])].sort()).toEqual(['node_modules/b', 'node_modules/c-linux']);
  });
});

describe('taking types away', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sightline-types-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('leaves every line where it was and asks for JavaScript', () => {
    const code = toJavaScript(
      "import type { A } from './a.ts';\nimport { b } from '../b.ts';\nconst w: URL = new URL('./w.ts', x);\n",
    );
    expect(code.split('\n').map((line) => line.trim())).toEqual([
      '',
      "import { b } from '../b.js';",
      expect.stringMatching(/^const w {2,}= new URL\('\.\/w\.js', x\);$/),
      '',
    ]);
  });

  it('writes the whole program without its tests', () => {
    const written = takeTypesAway(join(ROOT, 'src'), folder);
    expect(written).toContain(join(folder, 'main.js'));
    expect(written.filter((path) => /\.test\.|fixtures|\.ts$/.test(path))).toEqual([]);
    expect(readFileSync(join(folder, 'main.js'), 'utf8')).toContain("import('./service-commands.js')");
  });
});
