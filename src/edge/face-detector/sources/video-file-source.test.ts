import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg, temporaryFolder } from '../../../../test/support/clips.ts';
import { collect } from '../../../../test/support/collect.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { partDescribe, requirePart, SHARED } from '../../../../test/support/parts.ts';
import { createLog } from '../../../platform/log.ts';
import type { Frame } from '../frame.ts';
import { cutRgb } from '../picture/cut.ts';
import { yuvLayout } from '../picture/picture.ts';
import { openSource } from './open-source.ts';
import type { Pace, SourceOptions } from './source.ts';

const log = createLog({ level: 'silent', format: 'json' });
const never = new AbortController().signal;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

const open = (spec: string, pace: Pace, options: Partial<SourceOptions> = {}) =>
  openSource(spec, { pace, log, ...options });
const pixel = (frame: Frame, x: number, y: number) => [...cutRgb(frame, { x, y, width: 1, height: 1 })];

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

partDescribe('ffmpeg', 'a video file', () => {
  let clip: string;

  beforeAll(async () => {
    clip = join(folder.path, 'a clip: with "quotes\'.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=320x240:r=10:d=3', '-c:v', 'libx264', '-g', '10', clip);
  });

  it('gives every decoded frame in order at pace max, with its own time', async () => {
    const source = await open(clip, 'max', { fps: 2 });
    const frames = await collect(source.frames(never));
    const startMs = frames[0]?.capturedAt.getTime() ?? 0;
    expect(frames.map(({ index }) => index)).toEqual([...Array(30).keys()]);
    expect(frames.map(({ capturedAt }) => capturedAt.getTime() - startMs)).toEqual(
      [...Array(30).keys()].map((n) => n * 100),
    );
    expect(frames.map(({ cut }) => cut)).toEqual([true, ...Array(29).fill(false)]);
    expect(frames.every(({ data }) => data.length === yuvLayout({ width: 320, height: 240 }).bytes)).toBe(true);
    expect(source.counts).toEqual({ delivered: 30, dropped: 0, passedOver: 0, unreadable: 0 });
  });

  it('plays in real time; a late consumer gets the newest frame and the others count as dropped', async () => {
    const source = await open(clip, 'realtime');
    const startedMs = performance.now();
    const indices: number[] = [];
    for await (const { index } of source.frames(never)) {
      indices.push(index);
      await sleep(450);
    }
    expect(performance.now() - startedMs).toBeGreaterThan(2800);
    expect(indices.length).toBeLessThan(10);
    expect(indices.at(-1)).toBe(29);
    expect(source.counts.delivered).toBe(indices.length);
    expect(source.counts.delivered + source.counts.dropped).toBe(30);
  });

  it('passes over frames that are closer together than fps allows', async () => {
    const source = await open(clip, 'realtime', { fps: 5 });
    const frames = await collect(source.frames(never));
    expect(frames.map(({ index }) => index)).toEqual([...Array(15).keys()].map((n) => n * 2));
    expect(source.counts).toEqual({ delivered: 15, dropped: 0, passedOver: 15, unreadable: 0 });
  });

  it('turns frames upright as the file says', async () => {
    const [lying, upright] = [join(folder.path, 'lying.mp4'), join(folder.path, 'upright.mp4')];
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'color=red:s=320x240:r=5:d=1,drawbox=w=160:c=blue:t=fill',
      '-c:v',
      'libx264',
      lying,
    );
    const { stdout } = spawn('ffmpeg', ['-hide_banner', '-h', 'full'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const help = (await stdout.toArray()).join('');
    const rotate = help.includes('display_rotation')
      ? ['-display_rotation:v:0', '90', '-i', lying]
      : ['-i', lying, '-metadata:s:v', 'rotate=90'];
    await ffmpeg(...rotate, '-c', 'copy', upright);
    const source = await open(upright, 'max');
    const [frame] = await collect(source.frames(never));
    expect([frame?.width, frame?.height]).toEqual([240, 320]);
    // Turned by 90° against the clock, the left half is the lower one.
    const [top, bottom] = frame === undefined ? [] : [pixel(frame, 120, 40), pixel(frame, 120, 280)];
    expect(top?.[0]).toBeGreaterThan(200);
    expect(bottom?.[2]).toBeGreaterThan(200);
  });

  it('keeps the shape of frames whose size changes in mid-stream', async () => {
    const [wide, tall, both] = ['wide.h264', 'tall.h264', 'both.h264'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=640x360:r=10:d=0.5', '-c:v', 'libx264', wide);
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=240x320:r=10:d=0.5', '-c:v', 'libx264', tall);
    await writeFile(both, Buffer.concat([await readFile(wide), await readFile(tall)]));
    const source = await open(both, 'max');
    const frames = await collect(source.frames(never));
    const sizes = frames.map(({ width, height, cut }) => `${width}x${height}${cut ? ' cut' : ''}`);
    expect(sizes).toEqual(['640x360 cut', ...Array(4).fill('640x360'), '240x320 cut', ...Array(4).fill('240x320')]);
  });

  it('ends its ffmpeg when the consumer leaves or the signal is aborted', async () => {
    const before = await children();
    for (const pace of ['max', 'realtime'] as const) {
      for await (const frame of (await open(clip, pace)).frames(never)) if (frame.index === 3) break;
      const abort = new AbortController();
      for await (const frame of (await open(clip, pace)).frames(abort.signal)) if (frame.index === 3) abort.abort();
    }
    expect(await children()).toEqual(before);
  });

  it('leaves no ffmpeg behind when this process is killed', async () => {
    const program = `
      import { openSource } from ${JSON.stringify(fileURLToPath(new URL('open-source.ts', import.meta.url)))};
      const source = await openSource(${JSON.stringify(clip)}, { pace: 'max', log: {} });
      for await (const frame of source.frames(new AbortController().signal)) {
        console.log('frame');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      }`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface(owner.stdout), 'line');
    const [child] = await children(owner.pid);
    expect(existsSync(`/proc/${child}`)).toBe(true);
    owner.kill('SIGKILL');
    await eventually(
      () => existsSync(`/proc/${child}`),
      (isThere) => !isThere,
    );
  });

  it('says what it expected of a file that is no video', async () => {
    const noise = join(folder.path, 'noise.mp4');
    const sound = join(folder.path, 'sound.wav');
    await writeFile(noise, Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 251)));
    await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', sound);
    await expect(collect((await open(noise, 'max')).frames(never))).rejects.toMatchObject({
      code: 'source-not-video',
      message: expect.stringMatching(/^Expected a video file, got a file that ffmpeg cannot read/),
    });
    await expect(collect((await open(sound, 'realtime')).frames(never))).rejects.toMatchObject({
      code: 'source-not-video',
      message: expect.stringMatching(/^Expected a video file, got a file without video/),
    });
  });
});

describe('a video file on a machine without ffmpeg', () => {
  it('names the command that installs it', async () => {
    const path = join(folder.path, 'some.mp4');
    await writeFile(path, Buffer.from([0, 0, 0, 24]));
    const opened = open(path, 'max', { ffmpegPath: 'ffmpeg-that-is-not-there' });
    await expect(opened).rejects.toMatchObject({
      code: 'ffmpeg-missing',
      hint: expect.stringContaining('apt-get install ffmpeg'),
    });
  });
});

const visits = join(SHARED, 'media', 'visits.mp4');
describe.skipIf(!requirePart('ffmpeg').present || !existsSync(visits))(
  'visits.mp4 (skipped where ../shared is not)',
  () => {
    it('has 772 frames, and memory stays flat over them', async () => {
      const indices: number[] = [];
      let warmBytes = 0;
      let mostBytes = 0;
      for await (const { index } of (await open(visits, 'max')).frames(never)) {
        indices.push(index);
        mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
        if (index === 200) warmBytes = mostBytes;
      }
      expect(indices).toEqual([...Array(772).keys()]);
      expect(mostBytes - warmBytes).toBeLessThan(60 * 2 ** 20);
    });
  },
);

async function children(pid: number | undefined = process.pid): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = text.trim().split(' ').filter(Boolean);
  const names = await Promise.all(pids.map((child) => readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')));
  return pids.filter((_, n) => names[n]?.trim() === 'ffmpeg');
}
