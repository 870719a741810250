import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { type S3Objects, s3Objects } from './s3-objects.ts';

export interface S3Server extends S3Objects {
  readonly url: string;
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
    ...s3Objects(url),
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
