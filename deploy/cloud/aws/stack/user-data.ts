import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Settings } from './settings.ts';

export interface UserDataOptions {
  readonly region: string;
  readonly source: Asset;
  readonly bucketName: string;
  /** The fixed address that devices connect to. */
  readonly address: string;
  readonly volumeId: string;
  readonly settings: Settings;
}

/** The script of the first start: fetches the source and lets machine/set-up.sh do the rest. Its words are safe: see settings.ts. */
export function userDataScript({ region, source, bucketName, address, volumeId, settings }: UserDataOptions): string {
  const { port, prefix, processors, host, registry } = settings;
  const store = prefix === '' ? bucketName : `${bucketName}/${prefix}`;
  // The first name is the one that devices are told.
  const names = [host, address].filter((name) => name !== '').map((name) => ` --host '${name}'`);
  const pull = registry === '' ? '' : ` --registry '${registry}'`;
  return [
    '#!/usr/bin/env bash',
    '# What happens here is in /var/log/cloud-init-output.log.',
    'set -euo pipefail',
    'folder=/opt/sightline',
    `url='s3://${source.s3BucketName}/${source.s3ObjectKey}'`,
    'mkdir -p "$folder"',
    // The role of a machine that was made a moment ago may need a while until every part of AWS knows it.
    `until aws s3 cp --only-show-errors --region '${region}' "$url" "$folder/source.zip"; do sleep 5; done`,
    'until dnf -y -q install unzip; do sleep 5; done',
    'rm -rf "$folder/source"',
    'unzip -q "$folder/source.zip" -d "$folder/source"',
    'exec bash "$folder/source/deploy/cloud/aws/machine/set-up.sh" \\',
    `  --address '${address}' --volume '${volumeId}' --region '${region}' -- \\`,
    `  '${port}' '${store}' --region '${region}' --processors '${processors}'${names.join('')}${pull}`,
    '',
  ].join('\n');
}
