import { RemovalPolicy, Size, type Stack, Tags } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  CfnEIP,
  CfnEIPAssociation,
  EbsDeviceVolumeType,
  HttpTokens,
  Instance,
  InstanceArchitecture,
  InstanceType,
  MachineImage,
  UserData,
  Volume,
} from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { createMachineRole } from './machine-role.ts';
import { MACHINE_TAG } from './machine-tag.ts';
import type { Network } from './network.ts';
import type { Settings } from './settings.ts';
import { userDataScript } from './user-data.ts';

export interface MachineOptions {
  readonly network: Network;
  readonly bucket: Bucket;
  readonly source: Asset;
  readonly settings: Settings;
}

export interface Machine {
  readonly instance: Instance;
  readonly address: string;
  readonly volume: Volume;
}

/**
 * One machine that can be thrown away: what must stay (certificates, the broker's sessions) is on a volume of its own, and devices know
 * it by an address that stays.
 */
export function createMachine(
  stack: Stack,
  { network: { vpc, gate }, bucket, source, settings }: MachineOptions,
): Machine {
  const subnet = vpc.publicSubnets[0];
  if (!subnet) throw new Error('Expected the network to have a public subnet, got none');
  const volume = createDataVolume(stack, subnet.availabilityZone, settings.fromSnapshot);
  const eip = new CfnEIP(stack, 'Address', { domain: 'vpc' });
  const address = eip.attrPublicIp;
  const instanceType = new InstanceType(settings.instanceType);
  const instance = new Instance(stack, 'Machine', {
    vpc,
    vpcSubnets: { subnets: [subnet] },
    securityGroup: gate,
    instanceType,
    machineImage: MachineImage.latestAmazonLinux2023({
      cpuType:
        instanceType.architecture === InstanceArchitecture.ARM_64
          ? AmazonLinuxCpuType.ARM_64
          : AmazonLinuxCpuType.X86_64,
    }),
    role: createMachineRole(stack, { bucket, source, volumeId: volume.volumeId, settings }),
    userData: UserData.custom(
      userDataScript({
        region: stack.region,
        source,
        bucketName: bucket.bucketName,
        address,
        volumeId: volume.volumeId,
        settings,
      }),
    ),
    // Newer code or another setting: a new machine, with the newest system, takes the place of the old one.
    userDataCausesReplacement: true,
    httpTokens: HttpTokens.REQUIRED,
    // A container on a bridge network is one hop further away than the machine: with 1 it would get no credentials.
    httpPutResponseHopLimit: 2,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(16, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
      },
    ],
  });
  Tags.of(instance).add(MACHINE_TAG.key, MACHINE_TAG.value);
  new CfnEIPAssociation(stack, 'AddressOfMachine', {
    allocationId: eip.attrAllocationId,
    instanceId: instance.instanceId,
  });
  return { instance, address, volume };
}

/** What must outlive machines. CloudFormation can't fill a volume that is there, so one from a snapshot has a name of its own. */
function createDataVolume(stack: Stack, availabilityZone: string, fromSnapshot: string): Volume {
  return new Volume(stack, `Data${fromSnapshot.replace('-', '')}`, {
    availabilityZone,
    size: Size.gibibytes(4),
    volumeType: EbsDeviceVolumeType.GP3,
    encrypted: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(fromSnapshot === '' ? {} : { snapshotId: fromSnapshot }),
  });
}
