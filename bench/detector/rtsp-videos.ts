import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../test/support/free-port.ts';
import { PYTHON } from '../../test/support/parts.ts';

const SCRIPT = join(import.meta.dirname, 'rtsp-videos.py');

/** Video files as RTSP cameras on loopback, in a process of their own. Needs the part `rtsp`. */
export async function serveVideos(
  videos: readonly string[],
): Promise<{ readonly urls: readonly string[]; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(PYTHON, [SCRIPT, String(port), ...videos], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  process.once('exit', () => child.kill('SIGKILL'));
  const [first] = await Promise.race([once(createInterface(child.stdout), 'line'), closed]);
  if (first !== 'ready') throw new Error(`Expected the RTSP server to start, got ${first}`);
  return {
    urls: videos.map((_, number) => `rtsp://127.0.0.1:${port}/${number}`),
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
