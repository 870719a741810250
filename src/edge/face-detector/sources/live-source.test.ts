import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { freePort } from '../../../../test/support/free-port.ts';
import { partDescribe } from '../../../../test/support/parts.ts';
import { startRtspCamera } from '../../../../test/support/rtsp-camera.ts';
import { createLog } from '../../../platform/log.ts';
import type { Frame } from '../frame.ts';
import { yuvLayout } from '../picture/picture.ts';
import { LiveSource } from './live-source.ts';
import { openSource } from './open-source.ts';
import type { SourceOptions, SourceStatus } from './source.ts';

const log = createLog({ level: 'silent', format: 'json' });
const login = { username: 'gate@3', password: `p@ss/w:rd' "#%` };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Opens a camera and reads it until the test is over. */
async function watch(spec: string, options: Partial<SourceOptions> = {}, onFrame = async (_: Frame) => {}) {
  const frames: Omit<Frame, 'data'>[] = [];
  const states: SourceStatus[] = [];
  const abort = new AbortController();
  const source = await openSource(spec, {
    pace: 'realtime',
    log,
    onState: (status) => states.push(status),
    ...options,
  });
  if (!(source instanceof LiveSource)) throw new Error('Expected a live source');
  const reading = (async () => {
    for await (const { data, ...frame } of source.frames(abort.signal)) {
      expect(data.length).toBe(yuvLayout(frame).bytes);
      frames.push(frame);
      await onFrame({ data, ...frame });
    }
  })();
  const stop = async () => {
    abort.abort();
    await reading;
  };
  cleanups.push(stop);
  return { source, frames, states, stop, last: () => states.at(-1) };
}

partDescribe('ffmpeg', 'an HTTP camera', () => {
  it('is read as MJPEG with its login, which stands in neither arguments nor environment of the child', async () => {
    const jpeg = await sharp({ create: { width: 320, height: 240, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const server = createServer((request, response) => {
      if (request.headers.authorization !== expected) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="cam"' }).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      const timer = setInterval(() => {
        response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
        response.write(Buffer.concat([jpeg, Buffer.from('\r\n')]));
      }, 50);
      response.on('close', () => clearInterval(timer));
    }).listen(0, '127.0.0.1');
    cleanups.push(() => server.close());
    await eventually(() => server.listening, Boolean);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cam`;
    const camera = await watch(url, login);
    await eventually(
      () => camera.frames.length,
      (count) => count >= 10,
    );
    expect(camera.frames[0]).toMatchObject({ width: 320, height: 240, index: 0, cut: true });
    const [args, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${camera.source.pid}/${file}`, 'utf8')),
    );
    expect(args).toContain('pipe:0');
    for (const secret of [login.password, 'p%40ss', 'gate@3', 'gate%403', '127.0.0.1']) {
      expect(args).not.toContain(secret);
      expect(environment).not.toContain(secret);
    }
    await camera.stop();
    expect(camera.states.map(({ state }) => state)).toEqual(['connecting', 'streaming', 'ended']);
  });

  it('is opened anew when it ends, and its frames go on counting', async () => {
    const port = await freePort();
    const args = '-v error -nostdin -re -f lavfi -i testsrc=s=160x120:r=10:d=2 -c:v mjpeg -f mpjpeg -listen 1'.split(
      ' ',
    );
    const serve = () => {
      const server = spawn('ffmpeg', [...args, `http://127.0.0.1:${port}/cam`], { stdio: 'ignore' });
      cleanups.push(() => server.kill('SIGKILL'));
    };
    serve();
    await sleep(500);
    const camera = await watch(`http://127.0.0.1:${port}/cam`);
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'failed',
      15_000,
    );
    serve();
    await eventually(
      () => camera.last(),
      (last) => last?.state === 'streaming' && last.restarts > 0,
      20_000,
    );
    const indices = camera.frames.map(({ index }) => index);
    expect(indices).toEqual(indices.toSorted((a, b) => a - b));
    expect(camera.frames.filter(({ cut }) => cut).length).toBe(2);
  });

  it('says in words that nobody listens there', async () => {
    const camera = await watch(`http://user:secret@127.0.0.1:${await freePort()}/cam`);
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'failed',
    );
    expect(camera.last()).toMatchObject({ error: 'The camera refused the connection', restarts: 0 });
    expect(JSON.stringify([camera.states, camera.source.name])).not.toContain('secret');
  });
});

partDescribe('ffmpeg', 'a camera on this machine', () => {
  it('that is not there is tried again', async () => {
    const camera = await watch('/dev/video97');
    await eventually(
      () => camera.last()?.restarts,
      (count) => count === 1,
      10_000,
    );
    expect(camera.states[1]).toMatchObject({ state: 'failed', error: 'There is no such camera' });
  });
});

partDescribe('rtsp', 'an RTSP camera', () => {
  it('is read over TCP with its login, at most fps, with the time of arrival', async () => {
    const rtsp = await startRtspCamera({ fps: 20, login });
    cleanups.push(() => rtsp.stop());
    const camera = await watch(rtsp.url, { ...login, fps: 5 });
    await eventually(
      () => camera.frames.length,
      (count) => count >= 11,
      15_000,
    );
    const times = camera.frames.slice(1, 11).map(({ capturedAt }) => capturedAt.getTime());
    expect(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 9).toBeGreaterThan(150);
    expect(Math.abs(Date.now() - (camera.frames.at(-1)?.capturedAt.getTime() ?? 0))).toBeLessThan(2000);
    const args = await readFile(`/proc/${camera.source.pid}/cmdline`, 'utf8');
    const environment = await readFile(`/proc/${camera.source.pid}/environ`, 'utf8');
    expect(args + environment).not.toMatch(/gate|ss%2Fw|ss\/w/);
  });

  it('that refuses the password says so, without the password, and is tried again after a long pause', async () => {
    const rtsp = await startRtspCamera({ login });
    cleanups.push(() => rtsp.stop());
    const camera = await watch(rtsp.url, { username: 'gate@3', password: 'guessed' });
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'failed',
      10_000,
    );
    expect(camera.last()).toMatchObject({ error: 'The camera refused the user name or password' });
    expect(JSON.stringify(camera.states)).not.toContain('guessed');
    await sleep(3000);
    expect(camera.states.length).toBe(2);
  });

  it('gives a slow consumer the newest frame and counts the others', async () => {
    const rtsp = await startRtspCamera({ fps: 20 });
    cleanups.push(() => rtsp.stop());
    const camera = await watch(rtsp.url, {}, () => sleep(500));
    await eventually(
      () => camera.frames.length,
      (count) => count >= 5,
      15_000,
    );
    expect(camera.source.counts.dropped).toBeGreaterThan(20);
    expect(Date.now() - (camera.frames.at(-1)?.capturedAt.getTime() ?? 0)).toBeLessThan(1000);
  });

  it('that hangs is stalled, and is read again once it is back', async () => {
    const rtsp = await startRtspCamera();
    cleanups.push(() => rtsp.stop());
    const camera = await watch(rtsp.url, { stallTimeoutMs: 4000 });
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'streaming',
      10_000,
    );
    rtsp.freeze();
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'failed',
      15_000,
    );
    expect(camera.states.map(({ state }) => state)).toEqual(['connecting', 'streaming', 'stalled', 'failed']);
    expect(camera.last()?.error).toBe('No picture came from the camera for 4 s');
    rtsp.thaw();
    await eventually(
      () => camera.last(),
      (last) => last?.state === 'streaming' && last.restarts > 0,
      25_000,
    );
  }, 60_000);

  it('is read again when ffmpeg was killed', async () => {
    const rtsp = await startRtspCamera();
    cleanups.push(() => rtsp.stop());
    const camera = await watch(rtsp.url);
    await eventually(
      () => camera.last()?.state,
      (state) => state === 'streaming',
      10_000,
    );
    process.kill(camera.source.pid ?? 0, 'SIGKILL');
    await eventually(
      () => camera.last(),
      (last) => last?.state === 'streaming' && last.restarts === 1,
      20_000,
    );
  });
});
