import { fileURLToPath } from 'node:url';
import { IgnoreMode } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

const CLONE = fileURLToPath(new URL('../../../../', import.meta.url));

/** What the images are built from and what starts them. A list of what goes along: a clone may hold passwords, keys and faces. */
export const SOURCE_PARTS = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  '.dockerignore',
  'LICENSE',
  'THIRD_PARTY_NOTICES.md',
  'sightline.schema.json',
  'bin',
  'setup',
  'src',
  'deploy',
] as const;

/** This clone, as the machine gets it. */
export function createSourceAsset(scope: Construct): Asset {
  return new Asset(scope, 'Source', {
    path: CLONE,
    ignoreMode: IgnoreMode.GIT,
    exclude: [
      '/*',
      ...SOURCE_PARTS.map((part) => `!/${part}`),
      '/deploy/*',
      '!/deploy/broker',
      '!/deploy/cloud',
      '!/deploy/images',
      '/deploy/cloud/kubernetes',
      '/deploy/cloud/aws/*',
      '!/deploy/cloud/aws/machine',
      'node_modules',
      '/deploy/**/pki',
      'sightline.yaml',
      '*.test.ts',
      '*.crt',
      '*.key',
      '*.pem',
      '*.bundle',
      '*.env',
      '*-tls',
    ],
  });
}
