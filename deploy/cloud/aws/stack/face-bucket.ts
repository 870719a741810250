import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

/** What was deleted or overwritten can be brought back for so many days, and is gone for good after them. */
const UNDELETE_DAYS = 7;

/** Private, encrypted, versioned; it outlives the stack. Faces leave it by themselves after some days. */
export function createFaceBucket(scope: Construct, { encryption, keepDays }: Settings): Bucket {
  const key =
    encryption === 'kms'
      ? new Key(scope, 'FaceKey', {
          description: 'Encrypts the faces of Sightline',
          enableKeyRotation: true,
          removalPolicy: RemovalPolicy.RETAIN,
        })
      : undefined;
  return new Bucket(scope, 'Faces', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    lifecycleRules: [
      {
        id: 'faces',
        ...(keepDays === 0 ? {} : { expiration: Duration.days(keepDays) }),
        noncurrentVersionExpiration: Duration.days(UNDELETE_DAYS),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
      // A rule can't have both this and a number of days.
      { id: 'delete-markers', expiredObjectDeleteMarker: true },
    ],
  });
}
