import { runMetadataServer } from '../../deploy/metadata-server.ts';

/** `serve-metadata.ts ADDRESS [ROLE]`: the metadata of an instance, on port 80 there, until it is ended. */
const [host = '', role] = process.argv.slice(2);

const credentials = {
  Code: 'Success',
  Type: 'AWS-HMAC',
  AccessKeyId: 'ASIAINSTANCEROLE',
  SecretAccessKey: 'of-the-role',
  Token: 'of-the-session',
  LastUpdated: new Date().toISOString(),
  Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
};

await runMetadataServer(
  {
    'instance-id': 'i-0123456789abcdef0',
    'placement/region': 'eu-central-1',
    'public-hostname': 'ec2-203-0-113-7.eu-central-1.compute.amazonaws.com',
    'public-ipv4': '203.0.113.7',
    'local-ipv4': '10.0.0.5',
    ...(role === undefined
      ? {}
      : {
          'iam/security-credentials/': role,
          [`iam/security-credentials/${role}`]: JSON.stringify(credentials),
        }),
  },
  { host, port: 80 },
);
