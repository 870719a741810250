export interface S3Objects {
  /** Creates a bucket of this name. */
  createBucket(bucket: string): Promise<void>;
  /** What is under a key, read without any of our code; undefined when there is nothing. */
  read(
    bucket: string,
    key: string,
  ): Promise<{ bytes: Buffer; contentType: string | null; sha256: string | null } | undefined>;
  /** All of them, in order. */
  keys(bucket: string): Promise<string[]>;
}

/** The S3 server (moto) reads no signature, but it treats requests without one as anonymous. */
const AUTHORIZED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0000',
};

/** Eyes on the S3 server at this address. */
export function s3Objects(url: string): S3Objects {
  return {
    async createBucket(bucket) {
      const response = await fetch(`${url}/${bucket}`, { method: 'PUT', headers: AUTHORIZED });
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
      const keys: string[] = [];
      for (let after = ''; ; after = `&start-after=${encodeURIComponent(keys.at(-1) ?? '')}`) {
        const response = await fetch(`${url}/${bucket}?list-type=2${after}`, { headers: AUTHORIZED });
        const text = await response.text();
        keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? ''));
        if (!text.includes('<IsTruncated>true</IsTruncated>')) return keys.sort();
      }
    },
  };
}
