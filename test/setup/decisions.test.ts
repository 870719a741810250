import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide, installCommand, spaceOf } from '../../setup/apt.js';
import { parse } from '../../setup/command.js';
import { fillNodePackage, findNode24 } from '../../setup/node-24.js';
import { npmThatKeepsSignals } from '../../setup/npm-signals.js';
import { hintFor, npmCommand } from '../../setup/packages.js';
import { partsFor } from '../../setup/system-parts.js';

describe('whether the set-up may install system packages', () => {
  const debian = { hasApt: true, isRoot: false, sudo: 'none', onTerminal: false } as const;

  it.each([
    ['root', { ...debian, isRoot: true }, { may: 'yes', prefix: [] }],
    ['root on a terminal', { ...debian, isRoot: true, onTerminal: true }, { may: 'yes', prefix: [] }],
    ['sudo without password, no terminal', { ...debian, sudo: 'free' }, { may: 'yes', prefix: ['sudo', '-n'] }],
    [
      'sudo without password on a terminal',
      { ...debian, sudo: 'free', onTerminal: true },
      { may: 'ask', prefix: ['sudo'] },
    ],
    [
      'sudo with password on a terminal',
      { ...debian, sudo: 'asks', onTerminal: true },
      { may: 'ask', prefix: ['sudo'] },
    ],
  ] as const)('%s', (_, rights, verdict) => {
    expect(decide(rights)).toEqual(verdict);
  });

  it.each([
    ['sudo with password and no terminal', { ...debian, sudo: 'asks' }, /no terminal/],
    ['no sudo', { ...debian, onTerminal: true }, /no sudo/],
    ['another system, even as root', { ...debian, hasApt: false, isRoot: true }, /neither Debian nor Ubuntu/],
  ] as const)('not: %s', (_, rights, why) => {
    expect(decide(rights)).toMatchObject({ may: 'no', why: expect.stringMatching(why) });
  });
});

describe('what the set-up needs', () => {
  const names = (...args: Parameters<typeof partsFor>): string[] => partsFor(...args).map((part) => part.name);

  it('is nothing of the system for sample and folders', () => {
    expect(names('start', false)).toEqual([]);
  });
  it('is ffmpeg where there is a camera, or where it is asked for', () => {
    expect(names('start', true)).toEqual(['ffmpeg']);
    expect(names('camera', false)).toEqual(['ffmpeg']);
  });
  it('is every real part for the tests', () => {
    const packages = partsFor('test', false).flatMap((part) => part.packages);
    expect(packages).toEqual(
      expect.arrayContaining(['ffmpeg', 'mosquitto', 'libimage-exiftool-perl', 'python3-paho-mqtt', 'python3-gi']),
    );
    expect(installCommand(['a', 'b'])).toBe('sudo apt-get install --no-install-recommends a b');
  });
  it('is a Docker engine only where containers are to be tested: it needs root and runs a daemon', () => {
    expect(names('test', false)).not.toContain('a Docker engine');
    expect(names('containers', false)).toEqual([...names('test', false), 'a Docker engine']);
  });
});

describe('the set-up’s command line', () => {
  it('prepares for cameras by default', () => {
    expect(parse([])).toEqual({
      purpose: 'camera',
      noSystem: process.env.SIGHTLINE_TEST_NO_SYSTEM === '1',
      help: false,
    });
    expect(parse(['--for', 'test', '--no-system'])).toEqual({ purpose: 'test', noSystem: true, help: false });
  });
  it.each([['--for', 'lunch'], ['--fast'], ['stray']])('refuses %s %s with exit code 2', (...args) => {
    expect(() => parse(args)).toThrow(expect.objectContaining({ name: 'SetupError', exitCode: 2 }));
  });
});

describe('reading what other programs say', () => {
  it('takes the disk space from apt-get', () => {
    expect(spaceOf('…\nAfter this operation, 64.4 MB of additional disk space will be used.\n…')).toBe('64.4 MB');
    expect(spaceOf('0 upgraded, 0 newly installed')).toBeUndefined();
  });
  it('names the cause of a failed npm ci', () => {
    expect(hintFor('npm error code ENOSPC')).toMatch(/disk is full/);
    expect(hintFor('npm error code EACCES')).toMatch(/cannot be written/);
    expect(hintFor('npm error code EAI_AGAIN')).toMatch(/registry/);
  });
  it.each([
    ['npm/9.6.6 node/v20', undefined],
    ['npm/9.6.7 node/v20', '9.6.7'],
    ['npm/9.9.4 node/v20', '9.9.4'],
    ['npm/10.2.5 node/v20', '10.2.5'],
    ['npm/10.3.0 node/v20', undefined],
    ['npm/11.19.1 node/v20', undefined],
    ['yarn/1.22.0 npm/?', undefined],
    [undefined, undefined],
  ])('knows that %s keeps signals to itself: %s', (userAgent, version) => {
    expect(npmThatKeepsSignals(userAgent)).toBe(version);
  });
  it('installs with the npm that started it', () => {
    expect(npmCommand({ npm_execpath: '/opt/npm/bin/npx-cli.js' })).toEqual([
      process.execPath,
      '/opt/npm/bin/npm-cli.js',
    ]);
    expect(npmCommand({ npm_execpath: '/opt/yarn/bin/yarn.js' })).toEqual(['npm']);
    expect(npmCommand({})).toEqual(['npm']);
  });
});

describe('the Node that runs the services', () => {
  it('is fetched and linked where npm ran no install script', async () => {
    const root = mkdtempSync(join(tmpdir(), 'sightline-node-'));
    mkdirSync(join(root, 'node_modules/node'), { recursive: true });
    mkdirSync(join(root, 'node_modules/.bin'));
    const script = `const fs = require('fs'); fs.mkdirSync('bin'); fs.symlinkSync(process.execPath, 'bin/node');`;
    writeFileSync(join(root, 'node_modules/node/installArchSpecificPackage.js'), script);
    await fillNodePackage(root);
    expect(existsSync(join(root, 'node_modules/.bin/node'))).toBe(true);
    rmSync(root, { recursive: true });
  });

  it('is the one in node_modules, else the current one if it is new enough', () => {
    const root = mkdtempSync(join(tmpdir(), 'sightline-node-'));
    const old = { execPath: '/usr/bin/node', versions: { node: '20.20.2' } };
    expect(findNode24(root, old)).toBeUndefined();
    expect(findNode24(root, { execPath: '/usr/bin/node', versions: { node: '26.1.0' } })).toBe('/usr/bin/node');
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
    writeFileSync(join(root, 'node_modules/node/bin/node'), '');
    expect(findNode24(root, old)).toBe(join(root, 'node_modules/node/bin/node'));
    rmSync(root, { recursive: true });
  });
});
