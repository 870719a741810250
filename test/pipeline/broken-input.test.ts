import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { hugePng } from '../support/huge-png.ts';
import { makePhotos } from '../support/photos.ts';
import { balanceOf, SightlineProcess, sightline } from '../support/sightline.ts';
import { keysBelow } from '../support/stored-files.ts';

const ONCE = ['up', '--once', '--pace', 'max'];

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly code: number;
  /** The fault, and what can be done about it. */
  readonly says: readonly [string | RegExp, string | RegExp];
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

const USAGE: readonly Case[] = [
  { what: 'an unknown command', args: ['frobnicate'], code: 2, says: ['got "frobnicate"', 'sightline help'] },
  { what: 'an unknown flag', args: ['up', '--nope'], code: 2, says: ["'--nope'", 'sightline up --help'] },
  { what: 'a flag without its value', args: ['up', '--source'], code: 2, says: ['--source', 'sightline up --help'] },
  { what: 'a bad mode', args: ['up', '--mode', 'some'], code: 2, says: ['--mode: Expected', 'got "some"'] },
  { what: 'a bad pace', args: ['up', '--pace', 'fast'], code: 2, says: ['realtime or max', 'got "fast"'] },
  { what: 'an empty source', args: ['up', '--source', ''], code: 2, says: ['--source: Expected', 'got ""'] },
  { what: 'a bad port', args: ['up', '--http-port', '70000'], code: 2, says: ['--http-port', 'got 70000'] },
  { what: 'a bad store', args: ['up', '--store', 'ftp://x'], code: 2, says: ['Expected a folder', '--store'] },
  {
    what: 'an unknown key',
    args: ['up', '--config', 'bad.yaml'],
    code: 2,
    says: ['bad.yaml:4: capture.colour: Expected', 'got an unknown key'],
    files: { 'bad.yaml': 'version: 1\ncapture:\n  mode: best\n  colour: red\n' },
  },
  {
    what: 'no configuration where one is named',
    args: ['up', '--config', 'none.yaml'],
    code: 2,
    says: ['none.yaml: Expected a configuration file', 'sightline init'],
  },
];

const SOURCES: readonly Case[] = [
  {
    what: 'a missing file',
    args: [...ONCE, '--source', 'missing.mp4'],
    code: 4,
    says: ['Expected a file or folder, got nothing at missing.mp4', 'check the path'],
  },
  {
    what: 'a text named .png',
    args: [...ONCE, '--source', 'text.png'],
    code: 4,
    says: ['Expected a PNG, JPEG or WebP image, got something else: text.png', 'misnamed'],
    files: { 'text.png': 'hello\n' },
  },
  {
    what: 'a folder without images',
    args: [...ONCE, '--source', '.'],
    code: 4,
    says: ['Expected images (png, jpg, jpeg, webp)', 'folder that holds images'],
    files: { 'notes.txt': 'hello\n' },
  },
  {
    what: 'a picture of 30,000 × 30,000',
    args: [...ONCE, '--source', 'huge.png'],
    code: 4,
    says: ['at most 100000000 pixels, got 30000 × 30000', 'scale the image down'],
    files: { 'huge.png': hugePng(30_000, 30_000) },
  },
  {
    what: 'an unknown scheme',
    args: [...ONCE, '--source', 'gopher://camera'],
    code: 4,
    says: ['got gopher://camera', 'scheme'],
  },
];

describe('what can not work', () => {
  const folder = temporaryFolder();
  const cwds = join(folder.path, 'cwds');
  beforeAll(async () => {
    mkdirSync(cwds);
    await makePhotos(join(folder.path, 'photos'), 2);
  });
  afterAll(folder.remove);

  const photos = ['--source', '../../photos', '--mode', 'every'];
  const scratch = (files: Case['files'] = {}) => {
    const cwd = mkdtempSync(join(cwds, 'cwd-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
    return cwd;
  };

  it.each([...USAGE, ...SOURCES])('$what: exit code $code, said in words, nothing left behind', async (broken) => {
    const cwd = scratch(broken.files);
    const result = await sightline({ cwd }, ...broken.args);
    expect([result.code, result.stdout]).toEqual([broken.code, '']);
    for (const words of broken.says) expect(result.stderr).toMatch(words);
    expect(result.stderr).not.toMatch(/\n +at /);
    expect(readdirSync(cwd).sort()).toEqual(Object.keys(broken.files ?? {}).sort());
  });

  it('one bad picture among good ones is left out and named, the others are stored', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'mixed'));
    copyFileSync(join(folder.path, 'photos/photo-1.jpg'), join(cwd, 'mixed/b.jpg'));
    writeFileSync(join(cwd, 'mixed/a.png'), hugePng(30_000, 30_000));
    writeFileSync(join(cwd, 'mixed/c.png'), 'hello\n');
    const result = await sightline({ cwd }, ...ONCE, '--source', 'mixed');
    expect(result.code, result.stderr).toBe(0);
    const { frames, stored } = balanceOf(result);
    expect([frames, stored > 1]).toEqual([1, true]);
    expect(result.stderr).toMatch(/a\.png.*30000 × 30000/);
    expect(result.stderr).toMatch(/c\.png/);
  });

  // Below a regular file nobody can write, root neither; permissions do not bind root.
  it.each([
    ['--store', 'blocker/faces', /Expected to write to the folder .*blocker\/faces.*\n.*--store/],
    ['--spool', 'blocker/spool', /Expected a spool folder that can be written at blocker\/spool.*\n.*spool\.path/],
  ])('%s where nothing can be written: exit code 4, at once', async (flag, path, words) => {
    const cwd = scratch({ blocker: '' });
    const startedAtMs = performance.now();
    const result = await sightline({ cwd }, ...ONCE, ...photos, flag, path);
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(words);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(2);
    expect(performance.now() - startedAtMs).toBeLessThan(7_000);
    expect(keysBelow(join(cwd, 'faces'))).toEqual([]);
  });

  it('a port that is taken: exit code 4, and nothing was started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const cwd = scratch();
    const result = await sightline({ cwd }, ...ONCE, ...photos, '--http-port', String(port));
    server.close();
    expect([result.code, result.stdout]).toEqual([4, '']);
    expect(result.stderr).toMatch(
      new RegExp(`Expected port ${port} of 127.0.0.1 to be free.*another program has it\\n.*--http-port`),
    );
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a spool that is no database: said and taken over, everything new is stored', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, '.sightline/spool'), { recursive: true });
    const noise = randomBytes(20_000);
    writeFileSync(join(cwd, '.sightline/spool/spool.db'), noise);
    const result = await sightline({ cwd }, ...ONCE, ...photos);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/index of the spool was unreadable.*being taken over/);
    const { captured, stored } = balanceOf(result);
    expect(stored).toBe(captured);
    expect(readdirSync(join(cwd, '.sightline/spool')).some((name) => name.includes('salvaged'))).toBe(true);
  });

  it('a second `up` in the same folder: refused with words, the first goes on', async () => {
    const cwd = scratch();
    const first = new SightlineProcess(['up', '--source', '../../photos', '--mode', 'every'], { cwd });
    await first.says(/stored {2}/);
    const second = await sightline({ cwd }, ...ONCE, ...photos);
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/Expected the spool .* to be free, but another process has it open\n.*spool\.path/);
    const { code, stdout } = await first.stop();
    expect(code).toBe(0);
    expect(stdout).toMatch(/Stopped: (\d+) captured, \1 stored\.\n$/);
  });
});
