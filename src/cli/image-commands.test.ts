import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/support/run-command.ts';
import { embedMetadata } from '../contract/capture-metadata.ts';
import { handMadePng } from '../contract/fixtures/png-parts.ts';
import { sampleMetadata } from '../contract/fixtures/sample-metadata.ts';
import { pattern } from '../contract/fixtures/test-images.ts';
import { pngChunk } from '../contract/image/png-chunk.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { detectCommand } from './detect.ts';
import { inspectCommand } from './inspect.ts';
import { modelsCommand } from './models.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightline-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const photograph = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo/sample1.jpg',
);
const missing = path('missing.png');
const text = path('text.png');
const huge = path('huge.png');
const bare = path('bare.png');
const capture = path('capture.png');
const config = path('sightline.yaml');

const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  writeFileSync(config, `models: { path: ${path('models')} }\n`);
  writeFileSync(text, 'this is no picture');
  writeFileSync(
    huge,
    handMadePng({ width: 30_000, height: 30_000 }, pngChunk('IDAT', deflateSync(Buffer.alloc(1000)))),
  );
  const image = await pattern(33, 21, 3).png().toBuffer();
  writeFileSync(bare, image);
  writeFileSync(capture, embedMetadata(image, sampleMetadata()));
});

describe('inspect', () => {
  it('gives one line per image: the metadata, null for a bare image, and the fault of a bad file', async () => {
    const newer = path('newer.png');
    const image = await pattern(33, 21, 3).png().toBuffer();
    writeFileSync(newer, embedMetadata(image, sampleMetadata({ version: 2 as 1 })));
    const { code, stdout, stderr } = await runCommand(
      inspectCommand,
      '--json',
      missing,
      capture,
      text,
      bare,
      newer,
      folder,
      huge,
    );
    expect(lines(stdout)).toEqual([
      { file: missing, error: 'Expected an image, got nothing there' },
      { file: capture, capture: sampleMetadata() },
      { file: text, error: expect.stringContaining('Expected PNG, JPEG or WebP') },
      { file: bare, capture: null },
      { file: newer, error: expect.stringContaining('Expected metadata of version 1 or older, got 2') },
      { file: folder, error: 'Expected an image, got a folder' },
      { file: huge, error: expect.stringContaining('30000 × 30000') },
    ]);
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stderr.split('\n').filter(Boolean)).toHaveLength(5);
  });

  it('shows a capture to people', async () => {
    const { code, stdout } = await runCommand(inspectCommand, capture, bare);
    expect(code).toBe(EXIT_CODES.ok);
    expect(stdout).toMatch(/capture\.png: png, 33 × 21, \d+ bytes\n/);
    expect(stdout).toMatch(/^ {2}device +gate-3$/m);
    expect(stdout).toMatch(/^ {2}box +x 400\.25, y -3\.5, width 96, height 120\.125$/m);
    expect(stdout).toMatch(/bare\.png: png.*\n {2}bare image/);
  });

  it('wants an image', async () => {
    await expect(runCommand(inspectCommand, '--json')).rejects.toThrow('inspect: Expected an image, got nothing');
  });
});

describe('detect', () => {
  const detect = (...args: string[]) => runCommand(detectCommand, '--config', config, '--model', 'ssd', ...args);

  it('finds faces in upright pixels, with landmarks and quality, and goes on after bad files', async () => {
    const turned = path('turned.jpg');
    await sharp(photograph).rotate(90).withMetadata({ orientation: 8 }).jpeg().toFile(turned);
    const { code, stdout, stderr } = await detect('--json', photograph, missing, text, huge, turned);
    const [upright, noFile, noImage, tooLarge, again] = lines(stdout);
    expect(upright).toMatchObject({ file: photograph, width: 1920, height: 1280 });
    expect(upright.faces.length).toBeGreaterThanOrEqual(2);
    for (const { box, score, landmarks, quality } of upright.faces) {
      expect(box.width).toBeGreaterThan(100);
      expect(score).toBeGreaterThan(0.4);
      expect(landmarks).toHaveLength(68);
      expect(Object.keys(quality)).toEqual(['overall', 'sharpness', 'frontalness', 'size', 'exposure', 'completeness']);
    }
    expect(noFile).toEqual({ file: missing, error: 'Expected an image, got nothing there' });
    expect(noImage).toEqual({ file: text, error: expect.stringContaining('Expected a PNG, JPEG or WebP image') });
    expect(tooLarge).toEqual({ file: huge, error: expect.stringContaining('30000 × 30000') });
    expect(again).toMatchObject({ width: 1920, height: 1280 });
    const [face, same] = [upright.faces[0].box, again.faces[0].box];
    expect(Math.abs(face.x - same.x)).toBeLessThan(15);
    expect(Math.abs(face.y - same.y)).toBeLessThan(15);
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stderr).toContain('text.png');
  });

  it('shows what it doubts when asked to, down to 0.01', async () => {
    const few = lines((await detect('--json', '--min-score', '0.8', photograph)).stdout)[0];
    const many = lines((await detect('--json', '--min-score', '0.01', photograph)).stdout)[0];
    expect(many.faces.length).toBeGreaterThan(few.faces.length);
    expect(Math.min(...many.faces.map(({ score }: { score: number }) => score))).toBeLessThan(0.1);
    await expect(detect('--min-score', '0.001', photograph)).rejects.toThrow('--min-score: Expected');
    await expect(detect('--min-score', 'low', photograph)).rejects.toThrow('--min-score: Expected');
  });

  it('draws them into a PNG', async () => {
    const out = path('drawn.png');
    const { code, stdout } = await detect('--draw', out, photograph);
    expect(code).toBe(EXIT_CODES.ok);
    expect(stdout).toMatch(/1920 × 1280, \d faces\n {2}score 0\.\d\d/);
    expect(await sharp(out).metadata()).toMatchObject({ format: 'png', width: 1920, height: 1280 });
    const difference = await sharp(photograph)
      .composite([{ input: out, blend: 'difference' }])
      .raw()
      .toBuffer();
    expect(difference.some((value) => value > 100)).toBe(true);
  });

  it('draws one image, never over itself, and says so when it cannot write', async () => {
    await expect(detect('--draw', path('x.png'), photograph, photograph)).rejects.toThrow('--draw with one image');
    await expect(detect('--draw', bare, bare)).rejects.toThrow('--draw with one image');
    await expect(detect('--draw', path('none/x.png'), photograph)).rejects.toMatchObject({
      exitCode: EXIT_CODES.environment,
    });
  });

  it('says which models there are, and how to get the one that is missing', async () => {
    await expect(runCommand(detectCommand, '--config', config, '--model', 'haar', bare)).rejects.toThrow(
      '--model: Expected one of "auto", "ssd", "yunet", got "haar"',
    );
    await expect(runCommand(detectCommand, '--config', config, '--model', 'yunet', bare)).rejects.toMatchObject({
      exitCode: EXIT_CODES.missingPart,
      hint: expect.stringContaining('sightline models pull yunet'),
    });
  });
});

describe('models', () => {
  it('lists them', async () => {
    const { stdout } = await runCommand(modelsCommand, '--config', config, '--json');
    expect(lines(stdout).map(({ name, verified }) => [name, verified])).toEqual([
      ['ssd', true],
      ['ssd-landmarks', true],
      ['yunet', false],
    ]);
    expect((await runCommand(modelsCommand, 'list', '--config', config)).stdout).toContain('yunet: not here');
  });

  it('takes no other file for YuNet', async () => {
    await expect(runCommand(modelsCommand, 'pull', 'yunet', '--from', text, '--config', config)).rejects.toThrow(
      'Expected SHA-256',
    );
  });

  it.each([['pull'], ['pull', 'haar'], ['push'], ['list', 'yunet'], ['list', '--from', 'x']])(
    'refuses %s %s',
    async (...args) => {
      await expect(runCommand(modelsCommand, ...args)).rejects.toThrow('models: Expected list, or pull yunet, got');
    },
  );
});
