import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rendered, shellcheck, synthesise } from './synthesise.ts';

const SET_UP = fileURLToPath(new URL('../machine/set-up.sh', import.meta.url));

describe('the machine', () => {
  const { template, one } = synthesise();
  const { Properties: machine } = one('AWS::EC2::Instance');

  it('asks for a token before it tells credentials, and containers reach them too', () => {
    assert.deepEqual(machine.MetadataOptions, { HttpTokens: 'required', HttpPutResponseHopLimit: 2 });
  });

  it('is a small ARM machine unless told otherwise, with the system that fits', () => {
    assert.equal(machine.InstanceType, 't4g.small');
    assert.match(JSON.stringify(template.toJSON().Parameters), /al2023-ami-kernel-[^"]*-arm64/);
    const intel = synthesise({ instanceType: 't3.small' });
    assert.match(JSON.stringify(intel.template.toJSON().Parameters), /al2023-ami-kernel-[^"]*-x86_64/);
  });

  it('encrypts its disks, and keeps the one with the certificates', () => {
    for (const { Ebs } of machine.BlockDeviceMappings) assert.equal(Ebs.Encrypted, true);
    const volume = one('AWS::EC2::Volume');
    assert.equal(volume.Properties.Encrypted, true);
    assert.equal(volume.DeletionPolicy, 'Retain');
    assert.equal(volume.UpdateReplacePolicy, 'Retain');
    assert.deepEqual(volume.Properties.AvailabilityZone, machine.AvailabilityZone);
  });

  it('has an address that stays', () => {
    assert.deepEqual(Object.keys(one('AWS::EC2::EIPAssociation').Properties).sort(), ['AllocationId', 'InstanceId']);
  });

  it('is replaced when code or settings change', () => {
    const name = (context = {}) => Object.keys(synthesise(context).template.findResources('AWS::EC2::Instance'))[0];
    assert.notEqual(name({ processors: 3 }), name());
  });

  it('has its data volume copied each night, unless that is not wanted', () => {
    const { TargetTags, Schedules } = one('AWS::DLM::LifecyclePolicy').Properties.PolicyDetails;
    assert.equal(Schedules[0].RetainRule.Count, 7);
    const tags = one('AWS::EC2::Volume').Properties.Tags;
    assert.ok(
      tags.some(
        ({ Key, Value }: { Key: string; Value: string }) => Key === TargetTags[0].Key && Value === TargetTags[0].Value,
      ),
    );
    synthesise({ snapshots: 0 }).template.resourceCountIs('AWS::DLM::LifecyclePolicy', 0);
  });

  it('begins with a copy of a snapshot when that is asked for, on another volume', () => {
    const volumes = (context = {}) => Object.entries(synthesise(context).template.findResources('AWS::EC2::Volume'));
    const [[former] = []] = volumes();
    const [[restored, volume] = []] = volumes({ fromSnapshot: 'snap-0abc' });
    assert.notEqual(restored, former);
    assert.equal(volume?.Properties.SnapshotId, 'snap-0abc');
    assert.equal(volume?.DeletionPolicy, 'Retain');
  });

  it('writes a mail when it fails, if there is somebody to write to', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    const told = synthesise({ alarmEmail: 'ops@example.com' });
    told.template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
    told.template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'StatusCheckFailed',
      TreatMissingData: 'breaching',
    });
  });

  it('tells what to type next', () => {
    const outputs = template.toJSON().Outputs;
    assert.deepEqual(Object.keys(outputs).sort(), ['BrokerAddress', 'BucketName', 'Enrol', 'Shell']);
    assert.equal(rendered(outputs.BrokerAddress.Value), 'mqtts://203.0.113.7:8883');
    const named = synthesise({ host: 'faces.example.com' }).template.toJSON().Outputs;
    assert.equal(rendered(named.BrokerAddress.Value), 'mqtts://faces.example.com:8883');
  });
});

describe('the first start', () => {
  const userData = (context = {}) => rendered(synthesise(context).one('AWS::EC2::Instance').Properties.UserData);

  it('is a script that shellcheck is content with, in every variant', () => {
    const variants = [{}, { prefix: 'site-a', host: 'faces.example.com', registry: 'registry.example.com/team' }];
    for (const variant of variants) assert.equal(shellcheck(userData(variant)), undefined);
    assert.equal(shellcheck(readFileSync(SET_UP, 'utf8')), undefined);
  });

  it('calls run.sh with the settings', () => {
    const script = userData({
      prefix: 'site-a',
      host: 'faces.example.com',
      registry: 'registry.example.com/team',
      processors: 3,
    });
    const last = script.slice(script.indexOf(' -- \\')).replaceAll(/\s+/g, ' ');
    assert.match(
      last,
      /^ -- \\ '8883' 'faces[0-9a-f]*\/site-a' --region 'eu-central-1' --processors '3' --host 'faces\.example\.com' --host '203\.0\.113\.7' --registry 'registry\.example\.com\/team' $/,
    );
  });

  it('fits into what EC2 takes', () => {
    assert.ok(userData().length < 4096);
  });

  it('holds nothing secret', () => {
    assert.doesNotMatch(userData(), /secret|password|AKIA|BEGIN/i);
  });

  it('says what it expected when an argument is wrong, before it touches anything', () => {
    const run = (...args: string[]) => spawnSync('bash', [SET_UP, ...args], { encoding: 'utf8' });
    const good = ['--address', '203.0.113.7', '--volume', 'vol-0abc', '--region', 'eu-central-1'];
    const cases: [string[], RegExp][] = [
      [[], /Expected --address/],
      [['--adress', 'x'], /Expected --address, --volume, --region or --, got --adress/],
      [['--address', 'x', ...good.slice(2), '--', '8883', 'b'], /IPv4 address, got 'x'/],
      [good, /Expected PORT and BUCKET after --/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = run(...args);
      assert.equal(status, 2);
      assert.match(stderr, message);
    }
    assert.match(execFileSync('bash', [SET_UP, '--help'], { encoding: 'utf8' }), /^Usage: set-up\.sh/);
  });
});
