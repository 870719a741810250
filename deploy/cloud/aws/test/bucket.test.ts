import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { synthesise } from './synthesise.ts';

describe('the bucket', () => {
  const { template, one } = synthesise();

  it('is closed to the public in all four ways, and knows no access lists', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
  });

  it('is encrypted, with keys of S3 unless others are asked for', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    template.resourceCountIs('AWS::KMS::Key', 0);
  });

  it('takes a key of its own that is renewed each year, and keeps it when the stack goes', () => {
    const withKey = synthesise({ encryption: 'kms' });
    const key = withKey.one('AWS::KMS::Key');
    assert.equal(key.Properties.EnableKeyRotation, true);
    assert.equal(key.DeletionPolicy, 'Retain');
    withKey.template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: Match.anyValue() },
          },
        ],
      },
    });
  });

  it('refuses requests without TLS, and with TLS older than 1.2', () => {
    const statements = one('AWS::S3::BucketPolicy').Properties.PolicyDocument.Statement;
    const denied = statements.filter((statement: { Effect: string }) => statement.Effect === 'Deny');
    assert.deepEqual(
      denied.map((statement: { Condition: unknown }) => statement.Condition),
      [{ Bool: { 'aws:SecureTransport': 'false' } }, { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
    );
    assert.equal(statements.length, denied.length, 'the policy of the bucket allows nobody anything');
  });

  it('keeps versions, outlives the stack, and lets go of faces after 30 days and of deleted ones a week later', () => {
    const bucket = one('AWS::S3::Bucket');
    assert.equal(bucket.DeletionPolicy, 'Retain');
    assert.equal(bucket.UpdateReplacePolicy, 'Retain');
    assert.equal(bucket.Properties.VersioningConfiguration.Status, 'Enabled');
    assert.deepEqual(bucket.Properties.LifecycleConfiguration.Rules, [
      {
        Id: 'faces',
        Status: 'Enabled',
        ExpirationInDays: 30,
        NoncurrentVersionExpiration: { NoncurrentDays: 7 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
      { Id: 'delete-markers', Status: 'Enabled', ExpiredObjectDeleteMarker: true },
    ]);
  });

  it('keeps faces as long as it is told', () => {
    const rule = (keepDays: number) =>
      synthesise({ keepDays }).one('AWS::S3::Bucket').Properties.LifecycleConfiguration.Rules[0].ExpirationInDays;
    assert.equal(rule(90), 90);
    assert.equal(rule(0), undefined);
  });
});
