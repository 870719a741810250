import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { succeed } from './command.ts';
import { containerDescribe } from './container-describe.ts';
import { docker, tryDocker } from './docker.ts';
import { elfFiles } from './elf-files.ts';
import { imageName, TARGETS, VERSION } from './engine.ts';
import { HARDENED } from './hardened.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./engine.sh', import.meta.url));
const PHOTOGRAPH = '/opt/sightline/node_modules/@vladmandic/face-api/demo/sample1.jpg';

async function build(target: string, image: string, ...args: readonly string[]): Promise<void> {
  const platform = ['--platform', 'linux/arm64', '--build-arg', 'YUNET=none'];
  const file = ['--file', `${ROOT}deploy/images/Dockerfile`, '--target', target, '--tag', image];
  await succeed('docker', ['build', ...platform, ...args, ...file, ROOT], { timeoutMs: 3_600_000 });
}

// ONNX Runtime on arm64 reads there what processor it runs on; in an emulation it finds this machine's, and falls over it.
const OWN_PROCESSOR_HIDDEN = '--tmpfs=/sys/devices/system/cpu';

containerDescribe('what is built for arm64 on another machine', () => {
  it('has libraries for arm64 alone', async () => {
    const image = 'sightline-test-fill-vision:arm64';
    await build('fill-vision', image);
    const found = await elfFiles(image, '/filled');
    expect([...found].filter(([, machine]) => machine !== 'arm64')).toEqual([]);
    expect([...found.keys()].some((path) => path.endsWith('/onnxruntime_binding.node'))).toBe(true);
    expect([...found.keys()].some((path) => path.includes('/sharp-linux-arm64'))).toBe(true);
  });
});

// It takes emulation for the whole machine (QEMU), another base image and ffmpeg compiled once more: a quarter of an hour.
if (process.env.SIGHTLINE_TEST_ARM64 === '1') {
  containerDescribe('the images for arm64, emulated', () => {
    const image = (target: (typeof TARGETS)[number]) => `${imageName(target)}-arm64`;
    const emulated = ['run', '--rm', '--init', '--platform', 'linux/arm64', ...HARDENED, OWN_PROCESSOR_HIDDEN];
    const run = (name: string, ...args: readonly string[]) => docker(...emulated, name, ...args);

    beforeAll(async () => {
      await succeed('bash', [SCRIPT, 'arm64'], { timeoutMs: 900_000 });
      const isOurs = process.env.SIGHTLINE_TEST_ENGINE !== 'host';
      const bases = ['NODE_IMAGE=node:24-bookworm-slim-arm64', 'BUILD_IMAGE=node:24-bookworm-slim'];
      const args = isOurs ? bases.flatMap((base) => ['--build-arg', base]) : [];
      for (const target of TARGETS) await build(target, image(target), ...args);
    }, 3_600_000);

    it.each(TARGETS)('start: %s', async (target) => {
      expect(await run(image(target), 'version')).toMatch(`Sightline ${VERSION}`);
    });

    it.each(TARGETS)('hold nothing for another processor: %s', async (target) => {
      const found = await elfFiles(image(target), '/opt/sightline', '/usr/local');
      expect([...found].filter(([, machine]) => machine !== 'arm64')).toEqual([]);
    });

    it('say that nothing runs when asked for health', async () => {
      const asked = [...emulated, image('relay'), 'health'];
      expect(await tryDocker(asked)).toMatchObject({ code: 5, stderr: expect.stringContaining('no answer from up') });
    });

    it('find a face, and decode a picture with ffmpeg', async () => {
      const [line = ''] = (await run(image('vision'), 'detect', '--json', PHOTOGRAPH)).split('\n');
      expect(JSON.parse(line).faces.length).toBeGreaterThan(0);
      const decode = ['-hide_banner', '-i', `file:${PHOTOGRAPH}`, '-f', 'rawvideo', '-y', '/dev/null'];
      const ffmpeg = [...emulated, '--entrypoint', 'ffmpeg', image('vision')];
      expect(await tryDocker([...ffmpeg, ...decode])).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('frame='),
      });
    });
  });
}
