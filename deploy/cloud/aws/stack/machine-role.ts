import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { MACHINE_TAG } from './machine-tag.ts';
import type { Settings } from './settings.ts';

export interface MachineRoleOptions {
  readonly bucket: Bucket;
  /** The code that the machine runs. */
  readonly source: Asset;
  readonly volumeId: string;
  readonly settings: Settings;
}

/** What the machine may do, and nothing besides: every container on it can get these rights (README, «What the machine may do»). */
export function createMachineRole(stack: Stack, { bucket, source, volumeId, settings }: MachineRoleOptions): Role {
  const role = new Role(stack, 'MachineRole', {
    description: "Sightline's machine: puts faces into its bucket",
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
  });
  const keys = settings.prefix === '' ? '' : `${settings.prefix}/`;
  const allow = (sid: string, actions: string[], resources: string[], conditions?: Record<string, unknown>) =>
    role.addToPolicy(new PolicyStatement({ sid, actions, resources, ...(conditions ? { conditions } : {}) }));

  allow('StoreFaces', ['s3:PutObject', 's3:GetObject'], [bucket.arnForObjects(`${keys}*`)]);
  // The probe and the test images of `sightline doctor`: nothing else is ever removed.
  allow(
    'RemoveTests',
    ['s3:DeleteObject'],
    [bucket.arnForObjects(`${keys}.sightline-probe`), bucket.arnForObjects(`${keys}doctor/*`)],
  );
  // For `sightline audit`; and without it S3 says 403 instead of 404 of an object that is not there.
  allow(
    'ListFaces',
    ['s3:ListBucket'],
    [bucket.bucketArn],
    keys === '' ? undefined : { StringLike: { 's3:prefix': [keys, `${keys}*`] } },
  );
  if (bucket.encryptionKey)
    allow('UseFaceKey', ['kms:GenerateDataKey', 'kms:Decrypt'], [bucket.encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${stack.region}.amazonaws.com` },
    });

  allow('ReadSource', ['s3:GetObject'], [source.bucket.arnForObjects(source.s3ObjectKey)]);
  const ec2 = `arn:${stack.partition}:ec2:${stack.region}:${stack.account}`;
  allow('AttachOwnVolume', ['ec2:AttachVolume'], [`${ec2}:volume/${volumeId}`]);
  allow('AttachToItself', ['ec2:AttachVolume'], [`${ec2}:instance/*`], {
    StringEquals: { [`aws:ResourceTag/${MACHINE_TAG.key}`]: MACHINE_TAG.value },
  });
  // A shell without SSH. AWS names no narrower resource for these (user guide, «custom IAM role for Session Manager»).
  allow(
    'SessionManager',
    [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    ['*'],
  );
  return role;
}
