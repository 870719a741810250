import { expect, it } from 'vitest';
import { GOALS, imageSize } from '../../bench/images/image-sizes.ts';
import { readFamilies } from '../../deploy/images/keep-family.js';
import { containerDescribe } from './container-describe.ts';
import { docker, tryDocker } from './docker.ts';
import { elfFiles } from './elf-files.ts';
import { imageName, TARGETS, VERSION } from './engine.ts';
import { HARDENED, inImage } from './hardened.ts';

const { every, ...families } = readFamilies();
const BASE = 'node:24-bookworm-slim';
const FIRST_SERVICE = { vision: 'face-detector', relay: 'forwarder', cloud: 'image-processor' } as const;

// Runs in the image: a module's imports are resolved while it is loaded, and nothing of ours starts by being imported.
const LOAD = `
  for (const path of process.argv.slice(1)) await import('/opt/sightline/' + path);
  console.log('loaded');`;

const LIST = `
  const { readdirSync } = require('node:fs');
  console.log(readdirSync('/opt/sightline', { recursive: true }).join('\\n'));`;

for (const target of TARGETS) {
  const image = imageName(target);

  containerDescribe(`the image ${target}`, () => {
    it('runs without rights, is asked for its health by its own command line, and ends by SIGTERM', async () => {
      const [{ Config }] = JSON.parse(await docker('image', 'inspect', image));
      expect(Config).toMatchObject({
        User: '10001:10001',
        WorkingDir: '/etc/sightline',
        Entrypoint: ['node', '/opt/sightline/bin/run.js'],
        Cmd: [FIRST_SERVICE[target]],
        StopSignal: 'SIGTERM',
        Healthcheck: { Test: ['CMD', 'sightline', 'health'] },
      });
    });

    it('starts on a read-only file system without capabilities', async () => {
      expect(await docker('run', '--rm', ...HARDENED, image, 'version')).toMatch(`Sightline ${VERSION} (Node.js v24.`);
      expect(await docker('run', '--rm', ...HARDENED, image, 'help')).toContain(FIRST_SERVICE[target]);
      expect(await inImage(image, 'sightline', 'version')).toMatch(`Sightline ${VERSION}`);
    });

    it('has whatever its programs import', async () => {
      const entries = [
        ...(families[target]?.entries ?? []),
        ...(every?.entries ?? []).filter((path) => path !== 'src/main.ts'),
      ];
      const paths = entries.map((path) => path.replace(/\.ts$/, '.js'));
      expect(await inImage(image, 'node', '--input-type=module', '-e', LOAD, ...paths)).toBe('loaded');
    });

    it('has no package of another family, no types, no tests', async () => {
      const files = (await inImage(image, 'node', '-e', LIST)).split('\n');
      const others = Object.entries(families).flatMap(([name, { packages }]) => (name === target ? [] : packages));
      const unwanted = [...others, 'aedes', 'typescript', 'vitest', '@biomejs'].map((name) => `node_modules/${name}`);
      expect(files.filter((path) => unwanted.includes(path))).toEqual([]);
      expect(files.filter((path) => /\.(ts|map)$|\.test\.js$|^src\/.*fixtures/.test(path))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'THIRD_PARTY_NOTICES.md', 'src/main.js']));
    });

    it('has programs and libraries for its own architecture alone', async () => {
      const architecture = await docker('image', 'inspect', '--format', '{{.Architecture}}', image);
      const found = await elfFiles(image, '/opt/sightline', '/usr/local');
      expect([...found].filter(([, machine]) => machine !== architecture)).toEqual([]);
      expect([...found.keys()].some((path) => path.endsWith('/onnxruntime_binding.node'))).toBe(target === 'vision');
    });

    it('says on standard error what is wrong with its configuration, and ends with 2', async () => {
      const { code, stdout, stderr } = await tryDocker([
        ...['run', '--rm', ...HARDENED, '--env', 'SIGHTLINE_DEVICE=gate-3'],
        ...['--env', 'SIGHTLINE_HTTP_PORT=many', image],
      ]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('SIGHTLINE_HTTP_PORT: Expected a value of type number, got "many"');
    });

    it('names the image to take for a service that it has not', async () => {
      const foreign = target === 'vision' ? 'image-processor' : 'face-detector';
      const env = ['--env', 'SIGHTLINE_DEVICE=gate-3', '--env', 'SIGHTLINE_STORE_URL=s3://bucket'];
      const { code, stderr } = await tryDocker(['run', '--rm', ...HARDENED, ...env, image, foreign]);
      expect(code).toBe(3);
      expect(stderr).toMatch(/^sightline: Expected the npm package [\w@/-]+, got none/);
      expect(stderr).not.toContain('    at ');
    });

    it('keeps to its size', async () => {
      const { overBaseMb } = await imageSize(target, image, BASE);
      expect(overBaseMb).toBeLessThanOrEqual(GOALS[target] ?? Number.POSITIVE_INFINITY);
    });

    it('hands a new volume to its user', async () => {
      expect(await inImage(image, 'stat', '-c', '%u:%g', '/var/lib/sightline')).toBe('10001:10001');
    });
  });
}

containerDescribe('the image vision', () => {
  const image = imageName('vision');

  it('finds the faces of a photograph', async () => {
    const photograph = '/opt/sightline/node_modules/@vladmandic/face-api/demo/sample1.jpg';
    const lines = (await docker('run', '--rm', ...HARDENED, image, 'detect', '--json', photograph)).split('\n');
    expect(JSON.parse(lines[0] ?? '').faces.length).toBeGreaterThan(0);
  });

  it('tells nobody of what it does: ONNX Runtime would, and keep a number of the device', async () => {
    const photograph = '/opt/sightline/node_modules/@vladmandic/face-api/demo/sample1.jpg';
    const script = `sightline detect ${photograph} >&2; find "$HOME" -type f`;
    const home = ['--env', 'HOME=/tmp', '--entrypoint', 'sh'];
    const { stdout, stderr } = await tryDocker(['run', '--rm', ...HARDENED, ...home, image, '-c', script]);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/telemetry/i);
  });

  it('has an ffmpeg under the LGPL, with its papers', async () => {
    expect(await inImage(image, 'ffmpeg', '-hide_banner', '-loglevel', 'error', '-L')).toContain(
      'GNU Lesser General Public',
    );
    expect(await inImage(image, 'ffmpeg', '-hide_banner', '-buildconf')).not.toMatch(/enable-(gpl|nonfree)/);
    expect(await inImage(image, 'cat', '/usr/local/share/doc/ffmpeg/SOURCE')).toContain(
      "Debian's source package ffmpeg",
    );
  });
});
