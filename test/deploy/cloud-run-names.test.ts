import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { CLOUD, shell } from './run-shell.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe('the daily timer, as status tells of it', () => {
  /** What systemd is asked about fails for the words given. */
  const look = (unit: string, ...failing: string[]) => {
    const units = mkdtempSync(join(folder.path, 'units-'));
    for (const kind of ['timer', 'service']) writeFileSync(join(units, `sightline-cloud-renew.${kind}`), unit);
    return shell(
      `. ${CLOUD}run/timer.sh\nUNITS=$1 FAILING=$2\nsystemctl() { [[ $FAILING != *"$1"* ]]; }\ntimer_state`,
      units,
      failing.join(' '),
    );
  };
  const ours = `ExecStart="${CLOUD.replace(/\/$/, '')}/run.sh" renew\n`;

  it.each([
    ['looks once a day', 0, ours, ['is-failed']],
    ['it failed the last time: journalctl -u sightline-cloud-renew.service', 1, ours, []],
    ['it does not run', 1, ours, ['is-active']],
    ['it runs another clone', 1, 'ExecStart="/srv/gone/run.sh" renew\n', ['is-failed']],
  ])('%s', (words, status, unit, failing) => {
    expect(look(unit, ...failing)).toMatchObject({ status, stdout: expect.stringContaining(words) });
  });

  it('is no fault where there is none', () => {
    expect(shell(`. ${CLOUD}run/timer.sh\nUNITS=/nowhere timer_state`)).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('the names by which devices reach it', () => {
  /** Names, warnings and the names to keep, where `kept` was given before and `certified` stands in the certificate. */
  const choose = (former: { kept?: string; certified?: string }, ...options: string[]) => {
    const lines = `
      kept() { printf '%s\\n' "$FORMER"; }
      names_in_certificate() { printf '%s\\n' "$CERTIFIED"; }
      names_by_themselves() { echo 192.0.2.7; }
      METADATA='' FORMER=$1 CERTIFIED=$2
      shift 2
      read_settings 8883 my-faces "$@"
      choose_names
      echo "\${PUBLIC_NAMES[*]} | \${KEPT_NAMES[*]}"`;
    const { status, stdout, stderr } = shell(lines, former.kept ?? '', former.certified ?? '', ...options);
    return { status, names: stdout.trim(), stderr };
  };

  it.each([
    ['come by themselves', {}, [], '192.0.2.7 |'],
    [
      'are those given',
      {},
      ['--host', 'a.example', '--host', 'b.example'],
      'a.example b.example | a.example b.example',
    ],
    ['stay', { kept: 'a.example', certified: 'a.example' }, [], 'a.example | a.example'],
    [
      'stay when another is given, which goes into the bundles',
      { kept: 'a.example\nb.example', certified: 'a.example\nb.example' },
      ['--host', 'c.example'],
      'c.example a.example b.example | c.example a.example b.example',
    ],
    [
      'stay as they came by themselves when one is given',
      { certified: '192.0.2.7' },
      ['--host', 'a.example'],
      'a.example 192.0.2.7 | a.example 192.0.2.7',
    ],
  ])('%s', (_, former, options, names) => {
    expect(choose(former, ...options)).toEqual({ status: 0, names, stderr: '' });
  });

  it('go with --forget-host alone, and with a warning', () => {
    const former = { kept: 'a.example\nb.example', certified: 'a.example\nb.example' };
    const { names, stderr } = choose(former, '--forget-host', 'a.example');
    expect(names).toBe('b.example | b.example');
    expect(stderr).toContain('warning: a.example leaves the certificate: devices that reach the broker by it are out');
  });

  it('are named where one is to go that is none of them', () => {
    const { status, stderr } = choose({ kept: 'a.example', certified: 'a.example' }, '--forget-host', 'c.example');
    expect(status).toBe(2);
    expect(stderr).toContain('--forget-host: Expected one of the names a.example, got "c.example"');
  });

  it('are told when they leave because the machine has others now', () => {
    expect(choose({ certified: '192.0.2.6' }).stderr).toContain('warning: 192.0.2.6 leaves the certificate');
  });
});

it.each([
  ['cloud.example.org', 'mqtts://cloud.example.org:8883'],
  ['192.0.2.7', 'mqtts://192.0.2.7:8883'],
  ['2001:db8::7', 'mqtts://[2001:db8::7]:8883'],
])('a broker called %s is at %s', (name, url) => {
  expect(shell('PORT=8883 PUBLIC_NAMES=("$1" other); broker_address', name).stdout.trim()).toBe(url);
});
