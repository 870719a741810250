import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const RUN = fileURLToPath(new URL('../../deploy/edge/compose/run.sh', import.meta.url));
const IS_ROOT = process.getuid?.() === 0;
const SETTINGS = 'SIGHTLINE_DEVICE=gate-3\nSIGHTLINE_CLOUD_BROKER=mqtts://cloud.example:8883\n';

/** Up to where it needs a Docker engine: there is none. */
describe.skipIf(!IS_ROOT)(`deploy/edge/compose/run.sh${IS_ROOT ? '' : ' (skipped: it needs root)'}`, () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let state: string;

  beforeEach(() => {
    folder = temporaryFolder();
    state = join(folder.path, 'state');
  });

  afterEach(() => folder.remove());

  function run(args: readonly string[], input = ''): SpawnSyncReturns<string> {
    const env = { PATH: process.env.PATH, SIGHTLINE_STATE: state, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    return spawnSync(RUN, [...args, '--no-service'], { env, input, encoding: 'utf8' });
  }

  /** As `sightline fleet enrol` writes it. */
  function bundle(files: Readonly<Record<string, string>> = {}, names?: readonly string[]): string {
    const from = join(folder.path, `bundle-${Math.random()}`);
    mkdirSync(from);
    const all = { 'ca.crt': 'ca', 'tls.crt': 'cert', 'tls.key': 'key', 'sightline.env': SETTINGS, ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(from, name), text);
    return pack(from, names ?? Object.keys(all));
  }

  function pack(from: string, names: readonly string[]): string {
    const { stdout } = spawnSync('tar', ['-czf', '-', '-C', from, ...names]);
    return `${stdout.toString('base64').replace(/.{76}/g, '$&\n')}\n`;
  }

  const text = (path: string) => readFileSync(join(state, path), 'utf8');
  const mode = (path: string) => (statSync(join(state, path)).mode & 0o777).toString(8);
  const source = ['--source', 'rtsp://192.0.2.10/stream1'];

  it('puts what the bundle holds in its place, each for whom it is, before it looks for Docker', () => {
    const { status, stderr } = run(['--bundle', '-', ...source], bundle());
    expect([status, stderr]).toEqual([2, expect.stringMatching(/enrolled as gate-3\n.*Expected Docker/s)]);
    expect([text('tls/ca.crt'), text('tls/tls.crt'), text('tls/tls.key')]).toEqual(['ca', 'cert', 'key']);
    expect([mode('tls'), mode('tls/tls.key'), statSync(join(state, 'tls/tls.key')).uid]).toEqual(['700', '400', 10001]);
    expect(text('sightline.env')).toBe(SETTINGS);
    expect(text('face-detector.env')).toBe(
      'SIGHTLINE_CAMERAS_0_ID=camera\nSIGHTLINE_CAMERAS_0_SOURCE=rtsp://192.0.2.10/stream1\n',
    );
    expect(readdirSync(state).filter((name) => name.startsWith('bundle'))).toEqual([]);
  });

  it('makes a password for each service once, readable by that one and the broker', () => {
    run(['--bundle', '-', ...source], bundle());
    const users = readdirSync(join(state, 'passwords'));
    expect(users).toEqual(['face-detector', 'forwarder', 'message-logger']);
    const former = users.map((user) => text(`passwords/${user}`));
    expect(new Set(former).size).toBe(3);
    for (const password of former) expect(password).toMatch(/^[A-Za-z0-9+/]{32}\n$/);
    expect([mode('passwords'), mode('passwords/forwarder')]).toEqual(['700', '440']);
    const { stderr, stdout } = run(source);
    expect(users.map((user) => text(`passwords/${user}`))).toEqual(former);
    for (const password of former) expect(stderr + stdout).not.toContain(password.trim());
  });

  it('takes HOST and PORT over the bundle, and keeps them until a newer one', () => {
    run(['2001:db8::1', '9883', '--bundle', '-', ...source], bundle());
    expect(text('sightline.env')).toBe('SIGHTLINE_DEVICE=gate-3\nSIGHTLINE_CLOUD_BROKER=mqtts://[2001:db8::1]:9883\n');
    run([]);
    expect(text('sightline.env')).toContain(':9883');
    run(['--bundle', '-'], bundle());
    expect(text('sightline.env')).toContain('cloud.example:8883');
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
    ['something for a shell', () => bundle({ 'sightline.env': 'SIGHTLINE_DEVICE=$(reboot)\n' }), /alone, got a line/],
    ['a wrong name', () => bundle({ 'sightline.env': 'SIGHTLINE_DEVICE=Gate_3\n' }), /Expected the name of a device/],
  ])('takes no bundle that is %s, and leaves the former in place', (_, make, reason) => {
    run(['--bundle', '-', ...source], bundle({ 'tls.key': 'former' }));
    const { status, stderr } = run(['--bundle', '-'], make());
    expect([status, stderr]).toEqual([2, expect.stringMatching(reason)]);
    expect([text('tls/tls.key'), text('sightline.env')]).toEqual(['former', SETTINGS]);
  });

  it('takes no links from a bundle', () => {
    const from = join(folder.path, 'links');
    mkdirSync(from);
    for (const name of ['ca.crt', 'tls.crt', 'sightline.env']) writeFileSync(join(from, name), SETTINGS);
    symlinkSync('/etc/shadow', join(from, 'tls.key'));
    const { status, stderr } = run(['--bundle', '-'], pack(from, readdirSync(from)));
    expect([status, stderr]).toEqual([2, expect.stringMatching(/Expected a plain file tls\.key/)]);
  });

  it('gives the face-detector the cameras and files that are named, and nothing else', () => {
    const clip = join(folder.path, 'clip.mp4');
    writeFileSync(clip, '');
    run(['--bundle', '-', '--source', clip], bundle());
    expect(text('compose.devices.yaml')).toContain(`    volumes:\n      - ${clip}:${clip}:ro\n`);
    run(['--source', '/dev/null', '--camera-id', 'door']);
    const group = statSync('/dev/null').gid;
    expect(text('compose.devices.yaml')).toMatch(
      new RegExp(`    devices:\n      - /dev/null:/dev/null\n    group_add:\n      - "${group}"\n$`),
    );
    run(source);
    expect(readdirSync(state)).not.toContain('compose.devices.yaml');
    writeFileSync(
      join(state, 'sightline.yaml'),
      `version: 1\ncameras:\n  # - { id: x, source: /dev/video9 }\n  - { id: a, source: "/dev/null" }\n  - { id: b, source: ${clip} }\n`,
    );
    run([]);
    expect(text('compose.devices.yaml')).toContain('/dev/null:/dev/null\n');
    expect(text('compose.devices.yaml')).toContain(`${clip}:${clip}:ro\n`);
    expect(text('compose.devices.yaml')).not.toContain('video9');
  });

  it("keeps a camera's password in a file of the face-detector", () => {
    writeFileSync(join(folder.path, 'secret'), 'open sesame\n');
    run(
      ['--bundle', '-', ...source, '--camera-user', 'viewer', '--camera-password', join(folder.path, 'secret')],
      bundle(),
    );
    expect(text('cameras/password')).toBe('open sesame\n');
    expect([mode('cameras/password'), statSync(join(state, 'cameras/password')).uid]).toEqual(['400', 10001]);
    expect(text('face-detector.env')).toContain(
      '_USERNAME=viewer\nSIGHTLINE_CAMERAS_0_PASSWORD_FILE=/run/cameras/password\n',
    );
  });

  it.each([
    [['cloud.example'], /Expected HOST and PORT of the cloud broker, got: cloud\.example/],
    [['cloud.example', '99999'], /PORT: Expected a number from 1 to 65535, got '99999'/],
    [['cloud example', '8883'], /HOST: Expected a name or an address, got 'cloud example'/],
    [['--sauce', 'x'], /Expected one of the options of --help, got --sauce/],
    [['--source'], /--source: Expected a value, got none/],
    [['--source', 'rtsp://viewer:secret@192.0.2.10/'], /Expected no password in it/],
    [['--source', '/dev/video97'], /Expected a camera at \/dev\/video97, got none/],
    [['--source', '/nowhere.mp4'], /Expected a file or folder at \/nowhere\.mp4, got none/],
    [['--source', 'sample', '--camera-id', 'Door 1'], /--camera-id: Expected a name of a-z, 0-9 and -, got 'Door 1'/],
    [['--purge'], /--purge: Expected it together with --down/],
    [['--down', '--purge'], /--purge: Expected --yes besides/],
  ])('says of %j what it expected', (args, reason) => {
    run(['--bundle', '-', ...source], bundle());
    const { status, stderr } = run(args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(reason)]);
  });

  it('says what is missing on a device that was never enrolled', () => {
    for (const args of [[], ['cloud.example', '8883']]) {
      expect(run(args)).toMatchObject({ status: 2, stderr: expect.stringMatching(/Expected a bundle, got none/) });
    }
    expect(run(['--status'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Expected a device that is set up/),
    });
    expect(run(['--down'])).toMatchObject({ status: 0, stderr: expect.stringMatching(/nothing is set up/) });
  });
});
