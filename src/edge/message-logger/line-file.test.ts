import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LineFile, type LineFileOptions } from './line-file.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function setUp(options: Partial<LineFileOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-lines-'));
  folders.push(folder);
  const seen = { faults: 0, recoveries: 0, lost: 0 };
  const path = join(folder, 'deep', 'x.jsonl');
  const file = new LineFile({
    path,
    maxBytes: 50,
    maxFiles: 3,
    maxPendingBytes: 100_000,
    onFault: () => {
      seen.faults += 1;
    },
    onRecovered: () => {
      seen.recoveries += 1;
    },
    onLost: (lines) => {
      seen.lost += lines;
    },
    ...options,
  });
  return { folder: join(folder, 'deep'), path, file, seen };
}

const read = (path: string) => readFileSync(path, 'utf8');
const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${String(index).padStart(3, '0')}`);

describe('LineFile', () => {
  it('rotates by size, newest first, keeps as many files as told and never cuts a line', async () => {
    const { folder, path, file } = setUp();
    for (const line of lines(20)) file.append(line);
    await file.stop();
    expect(readdirSync(folder).sort()).toEqual(['x.1.jsonl', 'x.2.jsonl', 'x.jsonl']);
    const kept = ['x.2.jsonl', 'x.1.jsonl', 'x.jsonl'].map((name) => read(join(folder, name))).join('');
    expect(kept).toBe(`${lines(20).slice(5).join('\n')}\n`);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(50);
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('keeps one file when told one, and takes a line longer than a file', async () => {
    const { folder, path, file } = setUp({ maxFiles: 1 });
    for (const line of [...lines(7), 'x'.repeat(80)]) file.append(line);
    await file.stop();
    expect(readdirSync(folder)).toEqual(['x.jsonl']);
    expect(read(path)).toBe(`${'x'.repeat(80)}\n`);
  });

  it('goes on after an earlier run, whose last line may be cut', async () => {
    const { folder, path, file } = setUp();
    mkdirSync(folder);
    writeFileSync(path, 'whole\ncut');
    file.append('next');
    await file.stop();
    expect(read(path)).toBe('whole\ncut\nnext\n');
  });

  it('reports a disk that says no once, counts what is lost, and goes on when it can be written again', async () => {
    const { folder, path, file, seen } = setUp();
    mkdirSync(path, { recursive: true });
    for (const line of lines(3)) {
      file.append(line);
      await file.stop();
    }
    expect(seen).toEqual({ faults: 1, recoveries: 0, lost: 3 });
    expect(file.isFaulty).toBe(true);
    rmdirSync(path);
    file.append('again');
    await file.stop();
    expect(seen).toEqual({ faults: 1, recoveries: 1, lost: 3 });
    expect(read(join(folder, 'x.jsonl'))).toBe('again\n');
  });

  it('reports a full disk', async () => {
    const { file, seen } = setUp({ path: '/dev/full' });
    file.append('x');
    await file.stop();
    expect(seen).toEqual({ faults: 1, recoveries: 0, lost: 1 });
  });

  it('holds no more than told while the disk is slow', async () => {
    const { path, file, seen } = setUp({ maxPendingBytes: 30, maxBytes: 1000 });
    for (const line of lines(5)) file.append(line);
    await file.stop();
    expect(seen.lost).toBe(2);
    expect(read(path)).toBe('line 000\nline 001\nline 002\n');
  });
});
