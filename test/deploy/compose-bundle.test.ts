import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  composeDevice,
  enrol,
  enrolment,
  packed,
  rootDescribe,
  CLOUD_OF_BUNDLE as SETTINGS,
} from './compose-device.ts';

rootDescribe('deploy/edge/compose/run.sh --bundle', () => {
  const device = composeDevice();
  const { run, bundle, text, mode, inState } = device;
  const source = ['--source', 'rtsp://192.0.2.10/stream1'];

  it('puts what the bundle holds in its place, each for whom it is, before it looks for Docker', () => {
    const { status, stderr } = run(['--bundle', '-', ...source], bundle());
    expect([status, stderr]).toEqual([2, expect.stringMatching(/enrolled as gate-3\n.*Expected Docker/s)]);
    for (const name of ['ca.crt', 'tls.crt', 'tls.key']) expect(text(`tls/${name}`)).toBe(enrolment()[name]);
    expect([mode('tls'), mode('tls/tls.key'), statSync(inState('tls/tls.key')).uid]).toEqual(['700', '400', 10001]);
    expect(text('sightline.env')).toBe(SETTINGS);
    expect(text('face-detector.env')).toBe(
      'SIGHTLINE_CAMERAS_0_ID=camera\nSIGHTLINE_CAMERAS_0_SOURCE=rtsp://192.0.2.10/stream1\n',
    );
    expect(readdirSync(inState()).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  it.each([
    ['nothing', () => '', /Expected a bundle, got nothing/],
    ['something else', () => 'hello', /got something else/],
    ['half of one', () => bundle().slice(0, 200), /got something else/],
    ['one without a key', () => bundle({}, ['ca.crt', 'tls.crt', 'sightline.env']), /got something else/],
    ['one with more in it', () => bundle({ 'run.sh': 'x' }), /got something else/],
    [
      'another key of the configuration',
      () => bundle({ 'sightline.env': `${SETTINGS}SIGHTLINE_EDGE_BROKER=mqtt://x\n` }),
      /alone, got a line SIGHTLINE_EDGE_BROKER/,
    ],
    [
      'one with something in a last line that does not end',
      () => bundle({ 'sightline.env': `${SETTINGS}NODE_OPTIONS=--require=/tmp/evil` }),
      /alone, got a line NODE_OPTIONS/,
    ],
    ['something for a shell', () => bundle({ 'sightline.env': 'SIGHTLINE_DEVICE=$(reboot)\n' }), /alone, got a line/],
    ['a wrong name', () => bundle({ 'sightline.env': 'SIGHTLINE_DEVICE=Gate_3\n' }), /Expected the name of a device/],
    [
      "another device's certificate",
      () => bundle(enrol('gate-4')),
      /Expected a certificate of gate-3 in it, got one of 'gate-4'/,
    ],
    [
      'one that has ended',
      () => bundle(enrol('gate-3', '0')),
      /Expected a certificate that is valid now, got one until/,
    ],
    [
      'a key of another certificate',
      () => bundle({ 'tls.key': `${enrol('gate-3')['tls.key']}` }),
      /Expected the key of its certificate/,
    ],
  ])('takes no bundle that is %s, and leaves the former in place', (_, make, reason) => {
    run(['--bundle', '-', ...source], bundle());
    const { status, stderr } = run(['--bundle', '-'], make());
    expect([status, stderr]).toEqual([2, expect.stringMatching(reason)]);
    expect([text('tls/tls.key'), text('sightline.env')]).toEqual([enrolment()['tls.key'], SETTINGS]);
    expect(readdirSync(inState()).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  it('takes no links from a bundle', () => {
    const from = join(device.folder, 'links');
    mkdirSync(from);
    for (const name of ['ca.crt', 'tls.crt', 'sightline.env']) writeFileSync(join(from, name), SETTINGS);
    symlinkSync('/etc/shadow', join(from, 'tls.key'));
    const { status, stderr } = run(['--bundle', '-'], packed(from, readdirSync(from)));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/Expected a plain file tls\.key/)]);
  });
});
