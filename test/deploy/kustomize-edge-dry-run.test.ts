import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { partDescribe } from '../support/parts.ts';
import { checkManifests } from './manifests/check-manifests.ts';
import type { EdgeRun } from './manifests/edge-run.ts';
import { type EdgeSite, MADE_BY_RUN, startEdgeSite } from './manifests/edge-site.ts';
import { readManifests } from './manifests/kustomize.ts';
import type { StandInCluster } from './manifests/stand-in-cluster.ts';

const CAMERA = ['--source', 'rtsp://192.0.2.3/s'];

partDescribe('kubectl', 'deploy/edge/run.sh, before it touches a cluster', () => {
  let site: EdgeSite;
  let edge: EdgeRun;
  let cluster: StandInCluster;
  let bundle = '';

  beforeAll(async () => {
    site = await startEdgeSite();
    ({ edge, cluster, bundle } = site);
  });
  afterAll(() => site.stop());

  it('prints manifests that hold together before there is a device, a cluster or a cloud', async () => {
    const { code, stdout, stderr } = await edge.run('--dry-run', ...CAMERA);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await checkManifests(readManifests(stdout), { madeElsewhere: MADE_BY_RUN })).toEqual([]);
    // Some builds of kubectl ask for the server's version, whatever they are told.
    expect(cluster.requests.filter((request) => request !== 'GET /version')).toEqual([]);
    expect(existsSync(edge.state)).toBe(false);
  });

  it('lets the detector alone at a USB camera, and opens the namespace for that', async () => {
    const { stdout } = await edge.run('--dry-run', '--source', '/dev/v4l/by-id/usb-Cam_1', '--overlay', 'raspberry-pi');
    const manifests = readManifests(stdout);
    const rules = { madeElsewhere: MADE_BY_RUN, privileged: ['Deployment/face-detector'] };
    expect(await checkManifests(manifests, rules)).toEqual([]);
    expect((await checkManifests(manifests, { madeElsewhere: MADE_BY_RUN })).join('\n')).toMatch(/no privileged/);
    const labels = manifests.find(({ kind }) => kind === 'Namespace')?.metadata.labels;
    expect(labels?.['pod-security.kubernetes.io/enforce']).toBe('privileged');
    expect(stdout).toContain('path: /dev/v4l/by-id/usb-Cam_1');
  });

  it('takes host, port, registry and namespace into the manifests', async () => {
    const { stdout } = await edge.run(
      'h.example',
      '9883',
      '--dry-run',
      ...CAMERA,
      '--registry',
      'r.example:5000/s',
      '--namespace',
      'gates',
    );
    const manifests = readManifests(stdout);
    expect(await checkManifests(manifests, { madeElsewhere: MADE_BY_RUN })).toEqual([]);
    expect(stdout).toContain('SIGHTLINE_CLOUD_BROKER: mqtts://h.example:9883');
    expect(stdout).toContain('image: r.example:5000/s/sightline-relay:');
    expect(manifests.find(({ metadata }) => metadata.name === 'forwarder-to-cloud')?.spec.egress[0].ports[0].port).toBe(
      9883,
    );
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['gates', undefined]));
  });

  it('asks for the camera to which its options belong', async () => {
    const ran = await edge.run('--dry-run', '--camera-user', 'viewer');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected --source besides') });
  });

  it.each(['r.example:5000/mosquitto:2.0.21', 'mosquitto', `r.example/mosquitto@sha256:${'0'.repeat(64)}`])(
    'takes the broker from %s',
    async (given) => {
      const { stdout } = await edge.run('--dry-run', ...CAMERA, '--broker-image', given);
      const broker = readManifests(stdout).find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'broker',
      );
      expect(broker?.spec.template.spec.containers[0].image).toBe(given === 'mosquitto' ? 'mosquitto:latest' : given);
    },
  );

  it.each([
    ['is cut off', (text: string) => text.slice(0, 400), /something else/],
    ['is empty', () => '', /got nothing/],
    ['is another file', () => 'hello\n', /something else/],
    [
      'holds another path',
      () => packed({ 'ca.crt': '', 'tls.crt': '', 'tls.key': '', 'x/sightline.env': '' }),
      /something else/,
    ],
    [
      'would run a command',
      () => packed({ 'ca.crt': '', 'tls.crt': '', 'tls.key': '', 'sightline.env': 'SIGHTLINE_DEVICE=$(id)\n' }),
      /alone, got a line/,
    ],
    [
      'has a certificate of another name',
      (text: string) => changed(text, 'sightline.env', (lines) => lines.replace('gate-3', 'gate-4')),
      /Expected a certificate of gate-4 in it, got one of 'gate-3'/,
    ],
    [
      'has something in a last line that does not end',
      (text: string) => changed(text, 'sightline.env', (lines) => `${lines}NODE_OPTIONS=--require=/tmp/evil`),
      /alone, got a line NODE_OPTIONS/,
    ],
  ])('refuses a bundle that %s', async (_, change, reason) => {
    const file = join(site.folder, 'changed.bundle');
    writeFileSync(file, change(readFileSync(bundle, 'utf8')));
    const ran = await edge.run('--bundle', file, '--no-build', '--offline');
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(reason) });
  });

  /** A bundle of files that the enrolment would not make. */
  function packed(files: Readonly<Record<string, string>>): string {
    const source = temporaryFolder();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(source.path, name, '..'), { recursive: true });
      writeFileSync(join(source.path, name), text);
    }
    const archive = execFileSync('tar', ['-czf', '-', '-C', source.path, ...Object.keys(files)]);
    source.remove();
    return archive.toString('base64');
  }

  function changed(text: string, file: string, change: (lines: string) => string): string {
    const target = temporaryFolder();
    execFileSync('tar', ['-xzf', '-', '-C', target.path], { input: Buffer.from(text, 'base64') });
    const read = (name: string) => readFileSync(join(target.path, name), 'utf8');
    const files = Object.fromEntries(
      ['ca.crt', 'tls.crt', 'tls.key', 'sightline.env'].map((name) => [name, read(name)]),
    );
    target.remove();
    return packed({ ...files, [file]: change(files[file] ?? '') });
  }
});
