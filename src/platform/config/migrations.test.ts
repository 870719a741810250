import { describe, expect, it } from 'vitest';
import { UsageError } from '../sightline-error.ts';
import { parseConfigText } from './file.ts';
import { migrateConfig } from './migrations.ts';

const MIGRATIONS = [
  ({ name, ...rest }: Record<string, unknown>) => ({ ...rest, device: name }),
  ({ device, ...rest }: Record<string, unknown>) => ({ ...rest, devices: [device] }),
];
const migrate = (text: string) => migrateConfig(parseConfigText('x.yaml', text), MIGRATIONS, 3);

describe('migrateConfig', () => {
  it('brings an older file to today, one version after the other', () => {
    expect(migrate('version: 1\nname: gate\n')).toEqual({ version: 3, devices: ['gate'] });
    expect(migrate('version: 2\ndevice: gate\n')).toEqual({ version: 3, devices: ['gate'] });
  });

  it('takes a file of today, or without a version, as it is', () => {
    expect(migrate('version: 3\ndevices: [gate]\n')).toEqual({ version: 3, devices: ['gate'] });
    expect(migrate('devices: [gate]\n')).toEqual({ version: 3, devices: ['gate'] });
  });

  it('refuses a newer file, and says what to do', () => {
    expect(() => migrate('device: gate\nversion: 4\n')).toThrow(
      'x.yaml:2: version: Expected 3 or older, got 4: the file was written for a newer Sightline',
    );
    expect(() => migrate('version: 4\n')).toThrow(UsageError);
  });

  it.each(['0', '-1', '1.5', 'one', '"1"', '[1]'])('refuses the version %s', (version) => {
    expect(() => migrate(`version: ${version}`)).toThrow(/^x\.yaml:1: version: Expected 3, got /);
  });
});
