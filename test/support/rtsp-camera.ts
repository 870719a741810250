import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { PYTHON } from './parts.ts';

export interface RtspCameraOptions {
  /** A free one by default. */
  readonly port?: number;
  readonly fps?: number;
  readonly size?: `${number}x${number}`;
  readonly login?: { readonly username: string; readonly password: string };
}

export interface RtspCamera {
  readonly port: number;
  /** Without credentials. */
  readonly url: string;
  readonly pid: number;
  /** Makes it hang without closing its connections, and go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Starts a real RTSP camera (part `rtsp`) and waits until it listens. */
export async function startRtspCamera({ port, fps, size, login }: RtspCameraOptions = {}): Promise<RtspCamera> {
  const ownPort = port ?? (await freePort());
  const script = fileURLToPath(new URL('rtsp-camera.py', import.meta.url));
  const args = [script, String(ownPort)];
  if (fps !== undefined) args.push('--fps', String(fps));
  if (size !== undefined) args.push('--size', size);
  if (login !== undefined) args.push('--user', login.username);
  const child = spawn(PYTHON, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(`${login?.password ?? ''}\n`);
  const closed = once(child, 'close');
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), closed]);
  if (first[0] !== 'ready' || child.pid === undefined)
    throw new Error(`Expected the RTSP camera to start, got ${first}`);
  return {
    port: ownPort,
    url: `rtsp://127.0.0.1:${ownPort}/cam`,
    pid: child.pid,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
