import { Tags } from 'aws-cdk-lib';
import { CfnLifecyclePolicy } from 'aws-cdk-lib/aws-dlm';
import type { Volume } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

const TAG = { key: 'sightline:part', value: 'cloud-data' } as const;

/** A copy of the data volume each night: who loses the authority's key has to enrol every device again. */
export function keepSnapshots(scope: Construct, volume: Volume, count: number): void {
  Tags.of(volume).add(TAG.key, TAG.value);
  const role = new Role(scope, 'SnapshotRole', {
    description: 'Amazon Data Lifecycle Manager: snapshots of the data volume',
    assumedBy: new ServicePrincipal('dlm.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSDataLifecycleManagerServiceRole')],
  });
  new CfnLifecyclePolicy(scope, 'Snapshots', {
    description: 'Sightline data volume each night',
    state: 'ENABLED',
    executionRoleArn: role.roleArn,
    policyDetails: {
      policyType: 'EBS_SNAPSHOT_MANAGEMENT',
      resourceTypes: ['VOLUME'],
      targetTags: [TAG],
      schedules: [
        {
          name: 'nightly',
          createRule: { interval: 24, intervalUnit: 'HOURS', times: ['03:00'] },
          retainRule: { count },
          copyTags: true,
        },
      ],
    },
  });
}
