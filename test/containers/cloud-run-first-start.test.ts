import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/cli/pki/create-authority.ts';
import { freePort } from '../support/free-port.ts';
import { containerDescribe } from './container-describe.ts';
import { inspect } from './docker.ts';
import { CloudMachine } from './instance/cloud-machine.ts';
import { Instance } from './instance/instance.ts';

const processor = (number: number) => `sightline-cloud-processor-${number}`;

containerDescribe('the first start of deploy/cloud/run.sh', () => {
  let cloud: CloudMachine;
  const ownAuthority = async (name: string) => {
    const place = join(cloud.folder, name);
    await createAuthority(place, { type: 'new', name, years: 1 });
    return ['--ca-cert', join(place, 'ca.crt'), '--ca-key', join(place, 'ca.key')];
  };

  beforeAll(async () => {
    cloud = new CloudMachine(await freePort());
    await cloud.prepare();
  });
  afterAll(() => cloud?.remove());

  it('takes an authority of one’s own at its first start, and no other later', async () => {
    const own = await ownAuthority('own');
    await cloud.up(...own);
    expect((await cloud.papersOf(await cloud.script('enrol', 'gate-4'))).ca).toBe(readFileSync(own[1] ?? '', 'utf8'));
    const { code, stderr } = await cloud.tryScript([
      ...cloud.arguments('faces'),
      '--credentials',
      cloud.credentials,
      ...(await ownAuthority('another')),
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Expected no other CA')]);
  });

  describe('on an EC2 instance', () => {
    const instance = new Instance();
    const up = () =>
      cloud.tryScript(cloud.arguments(cloud.bucket), { AWS_EC2_METADATA_SERVICE_ENDPOINT: instance.url });
    beforeAll(() => instance.start());
    afterAll(() => instance.stop());

    it('without a role it says how to give it one', async () => {
      await instance.serve({ hopLimit: 64 });
      const { code, stderr } = await up();
      expect(code).toBe(1);
      expect(stderr).toContain('aws ec2 associate-iam-instance-profile --instance-id i-0123456789abcdef0');
    });

    it('with hop limit 1 the token dies on its way into a container, and it prints the command that helps', async () => {
      await instance.serve({ hopLimit: 1, role: 'face-writer' });
      const { code, stderr } = await up();
      expect(code).toBe(1);
      expect(stderr).toContain(
        'aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --http-tokens required --instance-id i-0123456789abcdef0 --region eu-central-1',
      );
    });

    it('with hop limit 2 the processors write with the role’s rights, and the names that EC2 knows are in the certificate', async () => {
      await cloud.script('--down', '--purge', '--yes');
      await instance.serve({ hopLimit: 2, role: 'face-writer' });
      const { code, stderr, stdout } = await up();
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain('ready: 1 processor(s)');
      expect(stdout).toContain(
        'devices reach it as  ec2-203-0-113-7.eu-central-1.compute.amazonaws.com 203.0.113.7 10.0.0.5',
      );
      const { Config } = await inspect(processor(1));
      expect(Config.Env).toContain('SIGHTLINE_STORE_REGION=eu-central-1');
      expect(Config.Env.filter((line) => line.startsWith('AWS_SECRET') || line.startsWith('AWS_SHARED'))).toEqual([]);
      expect(await cloud.volumes()).not.toContain('sightline-cloud-credentials');
    });
  });
});
