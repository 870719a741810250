import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npmThatKeepsSignals } from '../../setup/npm-signals.js';
import { eventually } from '../support/eventually.ts';
import { exitOf, isAlive, StandInClone } from './stand-in-clone.ts';

const isTrue = (value: boolean): boolean => value;
const npmVersion = spawnSync('npm', ['--version'], { encoding: 'utf8' }).stdout.trim();
const keepsSignals = npmThatKeepsSignals(`npm/${npmVersion}`) !== undefined;

describe('npx sightline, once set up', () => {
  const clone = new StandInClone();
  const bin = (): string => `${clone.root}/bin/sightline.js`;
  beforeEach(() => clone.start());
  afterEach(() => clone.stop());

  it('passes arguments on, and exit code and output back, adding nothing', () => {
    const { code, stdout, stderr } = clone.run(['exit', '5', '--json', 'a b']);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ arguments: ['exit', '5', '--json', 'a b'] });
    expect(stderr).toBe('');
  });

  it('ends with 128 + n where signal n ended the service', () => {
    expect(clone.run(['crash']).code).toBe(137);
  });

  it('refuses a wrong set-up command with 2 and leaves standard output clean', () => {
    const { code, stdout, stderr } = clone.run(['setup', '--for', 'lunch']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('got lunch');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on, once', async (signal) => {
    const { child, servicePid } = await clone.serve(process.execPath, [bin(), 'serve']);
    child.kill(signal);
    expect(await exitOf(child)).toBe(0);
    expect(clone.notes().slice(1)).toEqual([signal]);
    expect(isAlive(servicePid)).toBe(false);
  });

  it('shows nothing of its arguments in ps', async () => {
    const { child } = await clone.serve(process.execPath, [bin(), 'serve', 'rtsp://user:hush@camera']);
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain('hush');
  });

  it('hands a second signal on too', async () => {
    const { child } = await clone.serve(process.execPath, [bin(), 'serve', '--stubborn']);
    child.kill('SIGTERM');
    await eventually(() => clone.notes().length === 2, isTrue, 5_000);
    child.kill('SIGTERM');
    await eventually(() => clone.notes().length === 3, isTrue, 5_000);
    expect(clone.notes().slice(1)).toEqual(['SIGTERM', 'SIGTERM']);
  });

  it('tells the service by the end of its channel when it is killed itself', async () => {
    const { child, servicePid } = await clone.serve(process.execPath, [bin(), 'serve']);
    child.kill('SIGKILL');
    await eventually(() => !isAlive(servicePid), isTrue, 5_000);
    expect(clone.notes().slice(1)).toEqual(['disconnect']);
  });

  it('ends the service when npm above it is killed alone', async () => {
    const parent = `require('child_process').spawn(process.execPath, [${JSON.stringify(bin())}, 'serve'], { stdio: 'ignore' })`;
    const { child, servicePid, parentPid } = await clone.serve(process.execPath, ['-e', parent], {
      npm_command: 'exec',
    });
    child.kill('SIGKILL');
    await eventually(() => !isAlive(servicePid) && !isAlive(parentPid), isTrue, 5_000);
    expect(clone.notes().slice(1)).toEqual(['SIGTERM']);
  });

  it('outlives a shell that started it by hand', async () => {
    const parent = `require('child_process').spawn(process.execPath, [${JSON.stringify(bin())}, 'serve'], { stdio: 'ignore' })`;
    const { child, servicePid, parentPid } = await clone.serve(process.execPath, ['-e', parent], {
      npm_command: undefined,
    });
    child.kill('SIGKILL');
    await exitOf(child);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isAlive(servicePid)).toBe(true);
    process.kill(parentPid, 'SIGTERM');
    await eventually(() => !isAlive(servicePid), isTrue, 5_000);
  });

  // npm 9.6.7 to 10.2 keeps them to itself: docs/install.md.
  describe.skipIf(keepsSignals)('below a real npm', () => {
    const quiet = () => ({
      npm_config_cache: `${clone.root}/cache`,
      npm_command: undefined,
      npm_config_offline: 'true',
    });

    it.each(['SIGTERM', 'SIGINT'] as const)('gets %s that is sent to npx alone', async (signal) => {
      const { child, servicePid } = await clone.serve('npm', ['exec', '--', 'sightline', 'serve'], quiet());
      child.kill(signal);
      expect(await exitOf(child)).toBe(0);
      expect(clone.notes().slice(1)).toEqual([signal]);
      expect(isAlive(servicePid)).toBe(false);
    });

    it.each(['SIGTERM', 'SIGINT'] as const)('gets %s that is sent to npm start alone', async (signal) => {
      const { child, servicePid } = await clone.serve('npm', ['start'], quiet());
      child.kill(signal);
      expect(await exitOf(child)).toBe(0);
      expect(clone.notes().slice(1)).toEqual([signal]);
      expect(isAlive(servicePid)).toBe(false);
    });

    it('ends when npx is killed alone', async () => {
      const { child, servicePid } = await clone.serve('npm', ['exec', '--', 'sightline', 'serve'], quiet());
      child.kill('SIGKILL');
      await eventually(() => !isAlive(servicePid), isTrue, 5_000);
      expect(clone.notes().slice(1)).toEqual(['SIGTERM']);
    });
  });
});
