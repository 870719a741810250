import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { composeDevice, rootDescribe } from './compose-device.ts';

const BROKER = fileURLToPath(new URL('../../deploy/broker/', import.meta.url));

/** Up to where it needs a Docker engine: there is none. */
rootDescribe('deploy/edge/compose/run.sh', () => {
  const device = composeDevice();
  const { run, bundle, text, mode, inState } = device;
  const source = ['--source', 'rtsp://192.0.2.10/stream1'];

  it('makes a password for each service once, readable by that one and the broker', () => {
    run(['--bundle', '-', ...source], bundle());
    const users = readdirSync(inState('passwords'));
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

  it('gives the face-detector the cameras and files that are named, and nothing else', () => {
    const clip = join(device.folder, 'clip.mp4');
    writeFileSync(clip, '');
    run(['--bundle', '-', '--source', clip], bundle());
    expect(text('compose.devices.yaml')).toContain(`    volumes:\n      - ${clip}:${clip}:ro\n`);
    run(['--source', '/dev/null', '--camera-id', 'door']);
    const group = statSync('/dev/null').gid;
    expect(text('compose.devices.yaml')).toMatch(
      new RegExp(`    devices:\n      - /dev/null:/dev/null\n    group_add:\n      - "${group}"\n$`),
    );
    run(source);
    expect(readdirSync(inState())).not.toContain('compose.devices.yaml');
    writeFileSync(
      inState('sightline.yaml'),
      `version: 1\ncameras:\n  # - { id: x, source: /dev/video9 }\n  - { id: a, source: "/dev/null" }\n  - { id: b, source: ${clip} }\n`,
    );
    run([]);
    expect(text('compose.devices.yaml')).toContain('/dev/null:/dev/null\n');
    expect(text('compose.devices.yaml')).toContain(`${clip}:${clip}:ro\n`);
    expect(text('compose.devices.yaml')).not.toContain('video9');
  });

  it("keeps a camera's password in a file of the face-detector", () => {
    writeFileSync(join(device.folder, 'secret'), 'open sesame\n');
    run(
      ['--bundle', '-', ...source, '--camera-user', 'viewer', '--camera-password', join(device.folder, 'secret')],
      bundle(),
    );
    expect(text('cameras/camera')).toBe('open sesame');
    expect([mode('cameras/camera'), statSync(inState('cameras/camera')).uid]).toEqual(['400', 10001]);
    expect(text('face-detector.env')).toContain(
      '_USERNAME=viewer\nSIGHTLINE_CAMERAS_0_PASSWORD_FILE=/run/cameras/camera\n',
    );
  });

  it('takes options of the camera that was given before, and leaves what its owner wrote', () => {
    run(['--bundle', '-', ...source], bundle());
    const file = inState('face-detector.env');
    writeFileSync(file, `${readFileSync(file, 'utf8')}SIGHTLINE_LOG_LEVEL=debug\n`);
    writeFileSync(join(device.folder, 'secret'), 'open sesame\n');
    run(['--camera-user', 'viewer', '--camera-password', join(device.folder, 'secret')]);
    expect(text('face-detector.env').split('\n').sort()).toEqual([
      '',
      'SIGHTLINE_CAMERAS_0_ID=camera',
      'SIGHTLINE_CAMERAS_0_PASSWORD_FILE=/run/cameras/camera',
      'SIGHTLINE_CAMERAS_0_SOURCE=rtsp://192.0.2.10/stream1',
      'SIGHTLINE_CAMERAS_0_USERNAME=viewer',
      'SIGHTLINE_LOG_LEVEL=debug',
    ]);
    expect(text('cameras/camera')).toBe('open sesame');
    run(source);
    expect(text('face-detector.env')).not.toMatch(/USERNAME|PASSWORD/);
  });

  it('says that there is no camera to which the options could belong', () => {
    const { status, stderr } = run(['--bundle', '-', '--camera-user', 'viewer'], bundle());
    expect([status, stderr]).toEqual([2, expect.stringMatching(/Expected --source besides/)]);
  });

  it('finds the password of a camera in the list by its name, however YAML writes it', () => {
    run(['--bundle', '-', ...source], bundle());
    writeFileSync(join(device.folder, 'secret'), 'open sesame\n');
    const yard = '  - { "id" : yard, source: "rtsp://192.0.2.11/#1" }';
    const list = ['version: 1', 'cameras:', '  - id : door', '    source: rtsp://192.0.2.10/', yard, ''];
    writeFileSync(inState('sightline.yaml'), list.join('\n'));
    // One by the place that it had, and one by a name that no camera has.
    const [moved, own] = [0, 3].map((place) => `SIGHTLINE_CAMERAS_${place}_PASSWORD_FILE=/run/cameras`);
    writeFileSync(inState('cameras/own-name'), 'x');
    writeFileSync(inState('face-detector.env'), `${moved}/yard\n${own}/own-name`);
    run(['--camera-id', 'yard', '--camera-password', join(device.folder, 'secret')]);
    expect(text('face-detector.env')).toBe(`${own}/own-name\nSIGHTLINE_CAMERAS_1_PASSWORD_FILE=/run/cameras/yard\n`);
  });

  it('goes on without a camera, as on a board that waits for one', () => {
    // What needs a machine that has no /dev/video0.
    if (readdirSync('/dev').includes('video0')) return;
    const { status, stderr } = run(['--bundle', '-'], bundle());
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no camera yet.*Expected Docker/s)]);
  });

  it('gives the broker files that it may read, whatever the clone lets others', () => {
    run(['--bundle', '-', ...source], bundle());
    expect(mode('broker-files')).toBe('755');
    for (const name of readdirSync(inState('broker-files'))) {
      expect([name, mode(`broker-files/${name}`)]).toEqual([name, '644']);
      expect(text(`broker-files/${name}`)).toBe(readFileSync(join(BROKER, name), 'utf8'));
    }
    // The entrypoint reads the others beside it.
    const parts = [...text('broker-files/entrypoint.sh').matchAll(/^\. "\$here\/([a-z.]+)"$/gm)].map(
      ([, name]) => name,
    );
    expect(readdirSync(inState('broker-files'))).toEqual(expect.arrayContaining(['edge.acl', 'edge.conf', ...parts]));
  });

  it.each([
    [['cloud.example'], /Expected HOST and PORT of the cloud broker, got: cloud\.example/],
    [['cloud.example', '99999'], /PORT: Expected a number from 1 to 65535, got '99999'/],
    [['cloud example', '8883'], /HOST: Expected a name or an address, got 'cloud example'/],
    [['--sauce', 'x'], /Expected one of the options of --help, got --sauce/],
    [['--source'], /--source: Expected a value, got none/],
    [['--source', 'rtsp://viewer:secret@192.0.2.10/'], /Expected no login in it/],
    [['--source', '/dev/video97'], /Expected a camera at \/dev\/video97, got none/],
    [['--source', '/nowhere.mp4'], /Expected a file or folder at \/nowhere\.mp4, got none/],
    [['--source', 'sample', '--camera-id', 'Door 1'], /--camera-id: Expected a name of a-z, 0-9 and -, got 'Door 1'/],
    [
      ['--camera-id', 'door', '--camera-password', '/dev/null'],
      /--camera-id: Expected --source besides, or one of the cameras camera, got door/,
    ],
    [['--build-arg', 'YUNET'], /--build-arg: Expected NAME=VALUE, got 'YUNET'/],
    [['--broker-image', 'a b'], /--broker-image: Expected an address/],
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
