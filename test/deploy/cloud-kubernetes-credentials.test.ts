import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { S3Client } from '../../src/cloud/image-processor/stores/s3-client.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { temporaryFolder } from '../support/folder.ts';

/** What was asked of the server that stands in for STS, S3 and EKS' agent: they differ in what they answer, not in how. */
interface Asked {
  readonly to: string;
  readonly authorization: string;
  readonly body: string;
}

const BYTES = Buffer.from('a face');
const FACTS = { sha256: sha256Hex(BYTES), contentType: 'image/png', ifAbsent: true };
const ROLE = 'arn:aws:iam::123456789012:role/sightline-image-processor';

/** An answer of AWS STS (API reference, AssumeRoleWithWebIdentity). */
const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEBIDENTITY</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`;
const POD_IDENTITY = {
  AccessKeyId: 'ASIAPODIDENTITY',
  SecretAccessKey: 's',
  Token: 't',
  Expiration: '2099-01-01T00:00:00Z',
};

// Credentials come by variables that Kubernetes sets, and our code gives none: does the SDK that we pinned find them?
describe('the image-processor without keys', () => {
  const folder = temporaryFolder();
  const tokenFile = join(folder.path, 'token');
  const asked: Asked[] = [];
  let server: Server;
  let url: string;

  beforeEach(async () => {
    asked.length = 0;
    writeFileSync(tokenFile, 'a token that Kubernetes signed');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const to = `${request.method} ${request.url}`;
        asked.push({ to, authorization: request.headers.authorization ?? '', body: Buffer.concat(chunks).toString() });
        if (to === 'POST /') response.setHeader('content-type', 'text/xml').end(ASSUMED);
        else if (to === 'GET /v1/credentials')
          response.setHeader('content-type', 'application/json').end(JSON.stringify(POD_IDENTITY));
        else response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    // Nobody's profile is to be found.
    vi.stubEnv('AWS_CONFIG_FILE', join(folder.path, 'none'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder.path, 'none'));
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  const put = async () => {
    const config = {
      endpoint: url,
      region: 'eu-central-1',
      pathStyle: true,
      accessKeyId: undefined,
      secretAccessKey: undefined,
    };
    const client = new S3Client({ bucket: 'faces', config, maxSockets: 1 });
    client.start();
    try {
      await client.put('a', BYTES, FACTS, AbortSignal.timeout(10_000));
    } finally {
      client.stop();
    }
  };

  it('takes a role by the token of its pod, as the components irsa and workload-identity set it up', async () => {
    vi.stubEnv('AWS_ROLE_ARN', ROLE);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
    await put();
    const [sts, s3] = asked;
    const form = new URLSearchParams(sts?.body);
    expect([form.get('Action'), form.get('RoleArn'), form.get('WebIdentityToken')]).toEqual([
      'AssumeRoleWithWebIdentity',
      ROLE,
      'a token that Kubernetes signed',
    ]);
    expect(s3?.to).toBe('PUT /faces/a?x-id=PutObject');
    expect(s3?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=ASIAWEBIDENTITY\/\d+\/eu-central-1\/s3\//);
  });

  it("takes what EKS' Pod Identity agent gives it", async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', tokenFile);
    await put();
    expect(asked.map(({ to }) => to)).toEqual(['GET /v1/credentials', 'PUT /faces/a?x-id=PutObject']);
    expect(asked[0]?.authorization).toBe('a token that Kubernetes signed');
    expect(asked[1]?.authorization).toMatch(/Credential=ASIAPODIDENTITY\//);
  });

  it('says so when there are no credentials at all', async () => {
    await expect(put()).rejects.toThrow(/no credentials were found/);
    expect(asked).toEqual([]);
  });
});
