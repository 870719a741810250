import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  argumentsOf,
  childrenNamed,
  memoryOf,
  parseCpuLine,
  parseStat,
  parseStatus,
  timesOf,
} from './process-status.ts';

describe('parseStat', () => {
  it('reads the times after a name that holds brackets and blanks', () => {
    const text = '42 (a) b (c)) S 1 42 42 0 -1 4194304 100 200 0 0 150 50 1000 250 20 0 11 0 99 0 0';
    expect(parseStat(text)).toEqual({ ownSeconds: 2, endedChildrenSeconds: 12.5 });
  });
});

describe('parseCpuLine', () => {
  it('sums what all processors worked, without idling and waiting', () => {
    expect(parseCpuLine('cpu  100 200 300 4000 5000 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toBe(6.13);
  });
});

describe('parseStatus', () => {
  it('reads resident and peak memory', () => {
    expect(
      parseStatus('Name:\tx\nVmPeak:\t  999 kB\nVmHWM:\t     300 kB\nVmRSS:\t     200 kB\nRssFile:\t     100 kB\n'),
    ).toEqual({
      residentBytes: 204_800,
      peakBytes: 307_200,
      fileBytes: 102_400,
    });
  });

  it('says so of a process that has ended', () => {
    expect(() => parseStatus('Name:\tx\nState:\tZ (zombie)\n')).toThrow(/VmRSS .* it has ended/);
  });
});

describe.skipIf(process.platform !== 'linux')('of a real process', () => {
  it('counts what a child and its own child have used once they have ended', () => {
    const before = timesOf('self').endedChildrenSeconds;
    const used = '(({ user, system }) => user + system)(process.cpuUsage())';
    const spin = `const until = ${used} + 4e5; while (${used} < until) for (let i = 0; i < 1e6; i += 1);`;
    const parent = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(spin)}]); ${spin}`;
    execFileSync(process.execPath, ['-e', parent]);
    const usedSeconds = timesOf('self').endedChildrenSeconds - before;
    expect(usedSeconds).toBeGreaterThan(0.78);
    expect(usedSeconds).toBeLessThan(2);
  });

  it('knows its children and their arguments, until they end', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    expect(childrenNamed(process.pid)).toContainEqual({ pid: child.pid, name: 'sleep' });
    expect(argumentsOf(child.pid as number)).toEqual(['60']);
    child.kill();
    await once(child, 'exit');
    expect(childrenNamed(process.pid)).not.toContainEqual({ pid: child.pid, name: 'sleep' });
    expect(argumentsOf(child.pid as number)).toEqual([]);
  });

  it('knows its own memory', () => {
    const { residentBytes, peakBytes } = memoryOf(process.pid);
    expect(peakBytes).toBeGreaterThanOrEqual(residentBytes);
    expect(Math.abs(residentBytes - process.memoryUsage.rss())).toBeLessThan(32 * 2 ** 20);
  });
});
