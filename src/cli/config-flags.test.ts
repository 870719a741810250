import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../platform/config.ts';
import { DEFAULT_PORTS, type ServiceName } from '../platform/default-ports.ts';
import { UsageError } from '../platform/sightline-error.ts';
import { warnOfPasswords } from './command-line-passwords.ts';
import { configFlagsHelp, parseConfigFlags } from './config-flags.ts';

const services = Object.keys(DEFAULT_PORTS) as ServiceName[];
const flagsIn = (help: string) => [...help.matchAll(/(?:^|\s)--([a-z-]+)/g)].map(([, flag = '']) => flag);

function load(args: readonly string[], environment: Record<string, string> = {}) {
  return loadConfig({ flags: parseConfigFlags('up', args).layer, environment });
}

describe('configFlagsHelp', () => {
  it.each(services)('lists for %s what it takes, within the width of the page', (service) => {
    const help = configFlagsHelp(service);
    const flags = flagsIn(help).filter((flag) => flag !== 'config');
    for (const flag of flags) {
      expect(parseConfigFlags(service, [`--${flag}`, '0.5']).layer.entries, flag).toHaveLength(1);
    }
    const others = flagsIn(configFlagsHelp('up')).filter((flag) => flag !== 'config' && !flags.includes(flag));
    for (const flag of others) expect(() => parseConfigFlags(service, [`--${flag}`, 'x'])).toThrow(UsageError);
    expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('lists for a service no flag that does nothing there', () => {
    expect(flagsIn(configFlagsHelp('broker'))).toEqual(['config', 'http-port', 'log-level']);
    expect(flagsIn(configFlagsHelp('image-processor'))).toContain('store');
    expect(flagsIn(configFlagsHelp('forwarder'))).not.toContain('store');
  });
});

describe('--source', () => {
  const login = { SIGHTLINE_CAMERAS_0_USERNAME: 'admin', SIGHTLINE_CAMERAS_0_PASSWORD: 'hunter2' };

  it('takes the login from variables, which say who set it', () => {
    const { config, origin } = load(['--source', 'rtsp://cam/1'], login);
    expect(config.cameras).toEqual([{ id: 'camera', source: 'rtsp://cam/1', username: 'admin', password: 'hunter2' }]);
    expect(origin(['cameras', 0, 'password'])).toBe('SIGHTLINE_CAMERAS_0_PASSWORD');
    expect(origin(['cameras', 0, 'source'])).toBe('--source');
  });

  it("sends no other camera's password there", () => {
    const other = { ...login, SIGHTLINE_CAMERAS_0_ID: 'door', SIGHTLINE_CAMERAS_0_SOURCE: 'rtsp://door/1' };
    expect(load(['--source', 'rtsp://cam/1'], other).config.cameras).toEqual([
      { id: 'camera', source: 'rtsp://cam/1' },
    ]);
  });

  it('is the only camera', () => {
    const second = { SIGHTLINE_CAMERAS_1_ID: 'yard', SIGHTLINE_CAMERAS_1_SOURCE: 'sample' };
    expect(load(['--source', 'sample'], second).config.cameras).toEqual([{ id: 'camera', source: 'sample' }]);
  });
});

describe('warnOfPasswords', () => {
  function warnings(...args: string[]): unknown[] {
    const told: unknown[] = [];
    const log = pino({}, { write: (line: string) => told.push(JSON.parse(line)) });
    warnOfPasswords(parseConfigFlags('up', args).layer, log);
    return told;
  }

  it('names the flag and the better place, never the password', () => {
    const told = warnings('--source', 'rtsp://admin:hunter2@cam/1', '--cloud-broker', 'mqtts://me:hunter2@h');
    expect(told).toMatchObject([
      { flag: '--source', better: expect.stringContaining('SIGHTLINE_CAMERAS_0_PASSWORD_FILE') },
      { flag: '--cloud-broker', better: expect.stringContaining('SIGHTLINE_CLOUD_PASSWORD_FILE') },
    ]);
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  it.each(['rtsp://cam:554/1', 'rtsp://admin@cam/1', '/dev/video0', 'sample', 'http://[::1]:8080/a'])(
    'says nothing of %s',
    (source) => {
      expect(warnings('--source', source)).toEqual([]);
    },
  );
});
