import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { discard, docker, type Inspected, inspect, tryDocker } from '../docker.ts';
import { imageName } from '../engine.ts';
import { CLOUD_BROKER, CLOUD_NETWORK } from '../site/cloud-side.ts';
import type { Site } from '../site/site.ts';

const STRAY = 'sightline-proof-stray-processor';
const LATE_BUCKET = 'late-bucket';
const USAGE = 2;

/** What containers say when they can't do their work. */
export function complaints(site: () => Site): void {
  it('a bad configuration ends each service with exit code 2, and the last words say what is wrong', async () => {
    for (const { target, service } of [
      { target: 'vision', service: 'face-detector' },
      { target: 'relay', service: 'forwarder' },
      { target: 'relay', service: 'message-logger' },
      { target: 'cloud', service: 'image-processor' },
    ] as const) {
      const bad = ['--env', 'SIGHTLINE_DEVICE=gate-9', '--env', 'SIGHTLINE_EDGE_QOS=7'];
      const { code, stderr } = await tryDocker(['run', '--rm', '--read-only', ...bad, imageName(target), service]);
      expect({ service, code, stderr }).toMatchObject({ service, code: USAGE });
      expect(stderr).toMatch(/SIGHTLINE_EDGE_QOS.*Expected.*7/s);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  it('a container without a name for its device says so, instead of taking the name of the moment', async () => {
    const { code, stderr } = await tryDocker(['run', '--rm', '--read-only', imageName('relay'), 'forwarder']);
    expect({ code, stderr }).toMatchObject({ code: USAGE, stderr: expect.stringContaining('SIGHTLINE_DEVICE') });
  });

  it('a processor whose bucket is not there turns unhealthy and says why', async () => {
    const { s3 } = site().cloud;
    const settings = {
      SIGHTLINE_CLOUD_BROKER: `mqtts://${CLOUD_BROKER}:8883`,
      SIGHTLINE_CLOUD_CA: '/etc/sightline/tls/ca.crt',
      SIGHTLINE_CLOUD_CERT: '/etc/sightline/tls/tls.crt',
      SIGHTLINE_CLOUD_KEY: '/etc/sightline/tls/tls.key',
      // Of a group of its own: what it can't store is not taken from the others.
      SIGHTLINE_PROCESSOR_GROUP: 'strays',
      SIGHTLINE_PROCESSOR_ID: 'stray',
      SIGHTLINE_STORE_URL: `s3://${LATE_BUCKET}`,
      SIGHTLINE_STORE_ENDPOINT: s3.endpoint,
      SIGHTLINE_STORE_REGION: 'us-east-1',
      SIGHTLINE_STORE_PATH_STYLE: 'true',
      SIGHTLINE_STORE_ACCESS_KEY_ID: 'proof',
      SIGHTLINE_STORE_SECRET_ACCESS_KEY: 'proof',
    };
    const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    await discard('container', [STRAY]);
    const place = [
      '--name',
      STRAY,
      '--label',
      'dev.sightline=cloud',
      '--network',
      CLOUD_NETWORK,
      '--read-only',
      '--tmpfs',
      '/tmp',
    ];
    const tls = ['--volume', 'sightline-cloud-processor-tls:/etc/sightline/tls:ro'];
    // The image's own check, asked more often.
    const often = ['--health-interval', '1s', '--health-retries', '1', '--health-start-period', '1s'];
    await docker('run', '--detach', ...place, ...tls, ...env, ...often, imageName('cloud'));
    const sick = await eventually(strayHealth, (health) => health?.Status === 'unhealthy', 120_000);
    expect(sick?.Log?.at(-1)?.Output).toMatch(/store|bucket/i);
    await (await s3.objects()).createBucket(LATE_BUCKET);
  });
}

/** Some time later: a store that was away is asked seldom. */
export function recovery(): void {
  it('the processor whose bucket has come turns healthy by itself', async () => {
    await eventually(strayHealth, (health) => health?.Status === 'healthy', 120_000);
    await discard('container', [STRAY]);
  });
}

async function strayHealth(): Promise<Inspected['State']['Health']> {
  return (await inspect(STRAY)).State.Health;
}
