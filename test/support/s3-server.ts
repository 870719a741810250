import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

export interface S3Server {
  readonly url: string;
  /** Creates a bucket of this name. */
  createBucket(bucket: string): Promise<void>;
  /** What is under a key, read without any of our code; undefined when there is nothing. */
  read(
    bucket: string,
    key: string,
  ): Promise<{ bytes: Buffer; contentType: string | null; sha256: string | null } | undefined>;
  keys(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** A real S3 server (moto) on loopback; it takes any credentials. */
export async function startS3Server(): Promise<S3Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const script = fileURLToPath(new URL('./s3-server.sh', import.meta.url));
  const child = spawn('sh', [script, String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output = (output + chunk).slice(-2000);
  });
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  for (let attempt = 0; !(await answers()); attempt += 1) {
    if (child.exitCode !== null || attempt > 300) throw new Error(`Expected an S3 server, got: ${output}`);
    await sleep(100);
  }
  return {
    url,
    async createBucket(bucket) {
      const response = await fetch(`${url}/${bucket}`, { method: 'PUT' });
      if (!response.ok) throw new Error(`Expected bucket ${bucket} to be made, got ${response.status}`);
    },
    async read(bucket, key) {
      const response = await fetch(`${url}/${bucket}/${key}`, { headers: AUTHORIZED });
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`Expected ${key} to be read, got ${response.status}`);
      const { headers } = response;
      const bytes = Buffer.from(await response.arrayBuffer());
      return { bytes, contentType: headers.get('content-type'), sha256: headers.get('x-amz-meta-sha256') };
    },
    async keys(bucket) {
      const response = await fetch(`${url}/${bucket}?list-type=2`, { headers: AUTHORIZED });
      const text = await response.text();
      return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? '').sort();
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The server reads no signature, but it treats requests without one as anonymous. */
const AUTHORIZED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0000',
};
