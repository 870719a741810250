import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import type { EdgeRun } from './manifests/edge-run.ts';
import { type EdgeSite, startEdgeSite } from './manifests/edge-site.ts';
import type { Manifest } from './manifests/manifest.ts';
import type { StandInCluster } from './manifests/stand-in-cluster.ts';

const CAMERA = ['--source', 'rtsp://192.0.2.3/s'];

partDescribe('kubectl', 'deploy/edge/run.sh', () => {
  let site: EdgeSite;
  let edge: EdgeRun;
  let cluster: StandInCluster;
  let port = '';
  let bundle = '';

  beforeAll(async () => {
    site = await startEdgeSite();
    ({ edge, cluster, port, bundle } = site);
  });
  afterAll(() => site.stop());

  it('keeps a bundle that the cluster does not have yet: it is given out once', async () => {
    const ran = await edge.run('127.0.0.1', '1', '--bundle', bundle, '--no-build');
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/nothing listens there/) });
    expect([...cluster.objects.keys()]).toEqual(['Node/gate-3']);
    const again = await edge.run('127.0.0.1', port, '--no-build');
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('enrolled as gate-3') });
    expect(existsSync(join(edge.state, 'bundle'))).toBe(false);
  });

  it('enrols a device without a camera too; its detector stays off', async () => {
    // What the last test set up, on a machine that has no /dev/video0.
    if (existsSync('/dev/video0')) return;
    expect(cluster.get('Deployment/face-detector')?.spec.replicas).toBe(0);
    expect(cluster.get('Deployment/forwarder')?.spec.replicas).toBe(1);
    expect(await edge.run('--status')).toMatchObject({ code: 0, stdout: expect.stringContaining('off: no camera') });
  });

  it('enrols, applies everything, and shows no secret', async () => {
    const ran = await edge.run('--bundle', bundle, ...CAMERA, '--no-build');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('forwarder: ready') });
    expect(ran.stderr).toContain(`reached 127.0.0.1:${port}`);
    expect([...cluster.objects.keys()]).toEqual(
      expect.arrayContaining([
        'Secret/cloud-tls',
        'Secret/broker-passwords',
        'Deployment/forwarder',
        'PersistentVolumeClaim/spool',
      ]),
    );
    const passwords = Object.values(cluster.get('Secret/broker-passwords')?.data ?? {}).map(String);
    expect(new Set(passwords).size).toBe(3);
    for (const password of passwords) {
      expect(Buffer.from(password, 'base64').toString().trim()).toHaveLength(32);
      expect(ran.stdout + ran.stderr).not.toContain(password);
    }
    // Neither the key nor the passwords stay on the disk of whoever ran it.
    expect(readdirSync(edge.state).sort()).toEqual([
      'ca.crt',
      'camera.env',
      'kustomization.yaml',
      'lock',
      'settings',
      'sightline.yaml',
    ]);
    expect(JSON.stringify(cluster.get('Secret/cloud-tls')?.metadata)).not.toContain('last-applied');
  });

  it('again without a bundle keeps who it is and its passwords, and takes a changed configuration', async () => {
    const passwords = cluster.get('Secret/broker-passwords')?.data;
    const before = [...cluster.objects.keys()].find((name) => name.startsWith('ConfigMap/sightline-config'));
    appendFileSync(join(edge.state, 'sightline.yaml'), 'capture: { format: jpeg }\n');
    expect(await edge.run('--no-build')).toMatchObject({ code: 0 });
    expect(cluster.get('Secret/broker-passwords')?.data).toEqual(passwords);
    const after = [...cluster.objects.keys()].filter((name) => name.startsWith('ConfigMap/sightline-config'));
    expect(after).toHaveLength(1);
    expect(after).not.toEqual([before]);
  });

  it('puts the certificate’s name where the node is called otherwise', async () => {
    cluster.objects.delete('Node/gate-3');
    cluster.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'raspberrypi' } });
    const ran = await edge.run('--no-build', '--node', 'raspberrypi');
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('the device is called gate-3') });
    for (const service of ['face-detector', 'forwarder', 'message-logger']) {
      const { containers, nodeSelector } = cluster.get(`Deployment/${service}`)?.spec.template.spec ?? {};
      expect(containers[0].env).toContainEqual({ name: 'SIGHTLINE_DEVICE', value: 'gate-3' });
      expect(nodeSelector['kubernetes.io/hostname']).toBe('raspberrypi');
    }
  });

  it('keeps a camera’s password in a Secret of its own', async () => {
    const file = join(site.folder, 'password');
    writeFileSync(file, 'pa ss#/&"\n');
    expect(await edge.run('--no-build', '--camera-id', 'camera', '--camera-password', file)).toMatchObject({ code: 0 });
    const { camera } = cluster.get('Secret/camera-passwords')?.data ?? {};
    expect(cluster.get('Deployment/face-detector')?.spec.replicas).toBe(1);
    expect(Buffer.from(camera, 'base64').toString()).toBe('pa ss#/&"');
    expect(cluster.get('Deployment/face-detector')?.spec.template.spec.containers[0].env).toContainEqual({
      name: 'SIGHTLINE_CAMERAS_0_PASSWORD_FILE',
      value: '/run/secrets/cameras/camera',
    });
  });

  it('takes options of the camera that was given before, and remembers another image of the broker', async () => {
    const image = 'registry.example:5000/mosquitto:2';
    expect(await edge.run('--no-build', '--camera-user', 'viewer', '--broker-image', image)).toMatchObject({ code: 0 });
    expect(await edge.run('--no-build')).toMatchObject({ code: 0 });
    expect(cluster.get('Deployment/broker')?.spec.template.spec.containers[0].image).toBe(image);
    expect(cluster.get('Deployment/face-detector')?.spec.template.spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'SIGHTLINE_CAMERAS_0_SOURCE', value: 'rtsp://192.0.2.3/s' },
        { name: 'SIGHTLINE_CAMERAS_0_USERNAME', value: 'viewer' },
        { name: 'SIGHTLINE_CAMERAS_0_PASSWORD_FILE', value: '/run/secrets/cameras/camera' },
      ]),
    );
  });

  it('makes a password for programs of one’s own, and leaves the others', async () => {
    const before = cluster.get('Secret/broker-passwords')?.data;
    expect(await edge.run('--no-build', '--own-program')).toMatchObject({ code: 0 });
    const { camera, ...others } = cluster.get('Secret/broker-passwords')?.data ?? {};
    expect(others).toEqual(before);
    expect(Buffer.from(camera, 'base64').toString().trim()).toHaveLength(32);
  });

  it.each([
    ['nobody listens', () => ['127.0.0.1', '1'], /nothing listens there/],
    ['its certificate is for another name', () => ['localhost', port], /its certificate is for another name/],
    ['its name is not known', () => ['no-such-host.invalid', port], /that name is not known/],
  ])('stops before it changes anything where %s', async (_, address, reason) => {
    cluster.requests.length = 0;
    const ran = await edge.run(...address(), '--bundle', bundle, '--no-build');
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(reason) });
    expect(cluster.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('says of a pod that does not start what its container said last', async () => {
    const name = 'Deployment/face-detector';
    const healthy = cluster.get(name) as Manifest;
    cluster.put({
      ...healthy,
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 },
    });
    cluster.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'face-detector-7d9c5-x2x4z',
        namespace: 'sightline',
        labels: healthy.spec.template.metadata.labels,
      },
      spec: healthy.spec.template.spec,
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [face-detector]' }],
        containerStatuses: [
          {
            name: 'face-detector',
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
            lastState: { terminated: { exitCode: 2, message: 'sightline.yaml:3: cameras.0.fps: Expected a number' } },
          },
        ],
      },
    });
    const ran = await edge.run('--status');
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('forwarder: ready') });
    expect(ran.stdout).toContain(`face-detector: not ready
  Ready: containers with unready status: [face-detector]
  CrashLoopBackOff back-off 10s restarting failed container
  ended with exit code 2: sightline.yaml:3: cameras.0.fps: Expected a number
`);
    cluster.objects.delete('Pod/face-detector-7d9c5-x2x4z');
    cluster.put(healthy);
  });

  it('runs in one namespace: a second one would be a second forwarder', async () => {
    const ran = await edge.run('--no-build', '--namespace', 'gates');
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected sightline, where this device runs'),
    });
    expect(cluster.get('Namespace/gates')).toBeUndefined();
  });

  it('goes and leaves what waits in the spool, until it is told otherwise', async () => {
    expect(await edge.run('--down')).toMatchObject({ code: 0 });
    const left = [...cluster.objects.keys()];
    expect(left).toEqual(expect.arrayContaining(['PersistentVolumeClaim/spool', 'Secret/cloud-tls']));
    expect(left.filter((name) => /^(Deployment|ConfigMap|Service|NetworkPolicy)\//.test(name))).toEqual([]);
    expect(await edge.run('--status')).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing runs') });
    expect(await edge.run('--down', '--purge')).toMatchObject({ code: 2 });
    expect(await edge.run('--down', '--purge', '--yes')).toMatchObject({ code: 0 });
    expect([...cluster.objects.keys()]).toEqual(['Node/raspberrypi']);
    expect(existsSync(edge.state)).toBe(false);
  });
});
