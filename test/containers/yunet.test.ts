import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { YUNET } from '../../src/edge/face-detector/models/yunet-file.ts';
import { SHARED } from '../support/parts.ts';
import { type Ended, run } from './command.ts';
import { containerDescribe } from './container-describe.ts';
import { docker } from './docker.ts';
import { HARDENED } from './hardened.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMAGE = 'sightline-test-vision:yunet';
const PHOTOGRAPH = '/opt/sightline/node_modules/@vladmandic/face-api/demo/sample1.jpg';
/** All that the images are made of. */
const CONTEXT = ['.dockerignore', '.npmrc', 'LICENSE', 'THIRD_PARTY_NOTICES.md', 'package.json', 'package-lock.json'];
const FOLDERS = ['bin', 'deploy/images', 'setup', 'src'];
const given = join(SHARED, 'models', YUNET.fileName);
const reason = existsSync(given) ? '' : ` (skipped: no ../shared/models/${YUNET.fileName})`;

containerDescribe('a build with YuNet from a file', () => {
  let context: string;

  beforeAll(() => {
    context = mkdtempSync(join(tmpdir(), 'sightline-context-'));
    for (const path of [...CONTEXT, ...FOLDERS]) cpSync(join(ROOT, path), join(context, path), { recursive: true });
    mkdirSync(join(context, 'given'));
  });

  afterAll(async () => {
    rmSync(context, { recursive: true });
    await run('docker', ['image', 'rm', IMAGE]);
  });

  const build = (target: string, file: string): Promise<Ended> => {
    const args = ['--target', target, '--build-arg', `YUNET_FILE=${file}`, '--tag', IMAGE, '--progress=plain'];
    const dockerfile = ['--file', join(context, 'deploy/images/Dockerfile')];
    return run('docker', ['build', ...dockerfile, ...args, context], { timeoutMs: 1_800_000 });
  };

  it('refuses another file, and says which it expected', async () => {
    writeFileSync(join(context, 'given/other.onnx'), 'no model');
    const { code, stderr } = await build('model', 'given/other.onnx');
    expect(code).not.toBe(0);
    expect(stderr).toContain(`Expected SHA-256 ${YUNET.sha256}`);
    expect(stderr).toContain('--build-arg YUNET=none');
  });

  it.skipIf(reason !== '')(`has it ready, and looks with it unasked${reason}`, async () => {
    cpSync(given, join(context, 'given', YUNET.fileName));
    const { code, stderr } = await build('vision', `given/${YUNET.fileName}`);
    expect(code, stderr.slice(-2000)).toBe(0);
    const inImage = (...args: readonly string[]) => docker('run', '--rm', ...HARDENED, IMAGE, ...args);
    expect(await inImage('models')).toMatch(/^yunet: ready$/m);
    const unasked = await inImage('detect', '--json', PHOTOGRAPH);
    expect(JSON.parse(unasked).faces.length).toBeGreaterThan(0);
    expect(unasked).toBe(await inImage('detect', '--json', '--model', 'yunet', PHOTOGRAPH));
    expect(unasked).not.toBe(await inImage('detect', '--json', '--model', 'ssd', PHOTOGRAPH));
  });
});
