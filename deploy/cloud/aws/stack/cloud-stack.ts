import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { createFaceBucket } from './face-bucket.ts';
import { createFailureAlarm } from './failure-alarm.ts';
import { createMachine } from './machine.ts';
import { createNetwork } from './network.ts';
import type { Settings } from './settings.ts';
import { keepSnapshots } from './snapshots.ts';
import { createSourceAsset } from './source-asset.ts';

/** Sightline's cloud side: a bucket, and one machine that runs deploy/cloud/run.sh. */
export class CloudStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: "Sightline's cloud side: broker, image-processors, bucket" });
    Tags.of(this).add('application', 'sightline');
    const bucket = createFaceBucket(this, settings);
    const network = createNetwork(this, settings);
    const { instance, address, volume } = createMachine(this, {
      network,
      bucket,
      source: createSourceAsset(this),
      settings,
    });
    if (settings.snapshots > 0) keepSnapshots(this, volume, settings.snapshots);
    if (settings.alarmEmail !== '') createFailureAlarm(this, instance, settings.alarmEmail);

    const output = (name: string, description: string, value: string) =>
      new CfnOutput(this, name, { description, value });
    const session = `aws ssm start-session --region ${this.region} --target ${instance.instanceId}`;
    const enrol = `${session} --document-name AWS-StartNonInteractiveCommand --parameters command="sudo sightline enrol NAME"`;
    output('BucketName', 'Where the faces are', bucket.bucketName);
    output('BrokerAddress', 'What devices connect to', `mqtts://${settings.host || address}:${settings.port}`);
    output('Shell', 'A shell on the machine', session);
    output('Enrol', 'The bundle of the next device, NAME', `${enrol} | grep -o 'H4sI[A-Za-z0-9+/=]*'`);
  }
}
