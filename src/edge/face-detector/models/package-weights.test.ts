import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireOnnxRuntime } from './onnx-session.ts';
import { dequantize, LANDMARK_WEIGHTS, readWeights, weightsFolder } from './package-weights.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-weights-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const FILES = [`${LANDMARK_WEIGHTS.name}.bin`, `${LANDMARK_WEIGHTS.name}-weights_manifest.json`];

describe('readWeights', () => {
  it.each(FILES)(
    'refuses %s with one bit changed, and says what was expected, found and to be done',
    async (changed) => {
      for (const file of FILES) await copyFile(join(weightsFolder(), file), join(folder, file));
      const bytes = await readFile(join(folder, changed));
      bytes[100] = (bytes[100] as number) ^ 1;
      await writeFile(join(folder, changed), bytes);
      const reading = readWeights(LANDMARK_WEIGHTS, folder);
      await expect(reading).rejects.toThrow(/Expected SHA-256 [0-9a-f]{64} for .*, got [0-9a-f]{64}/);
      await expect(reading).rejects.toMatchObject({
        code: 'hash-mismatch',
        hint: expect.stringContaining('npm install'),
      });
    },
  );
});

describe('dequantize', () => {
  it('turns bytes into numbers by scale and minimum, and reads float32 as it is', () => {
    const bytes = new Uint8Array(7);
    bytes.set([0, 1, 255]);
    new DataView(bytes.buffer).setFloat32(3, -2.5, true);
    const weights = dequantize(
      [
        { name: 'a', shape: [3], quantization: { scale: 0.5, min: -1 } },
        { name: 'b', shape: [1, 1] },
      ],
      bytes,
    );
    expect([...(weights.get('a')?.data ?? [])]).toEqual([-1, -0.5, 126.5]);
    expect([...(weights.get('b')?.data ?? [])]).toEqual([-2.5]);
  });
});

describe('a package that is not installed', () => {
  it('is named, with the command that installs it', () => {
    const elsewhere = pathToFileURL(join(folder, 'module.js')).href;
    expect(() => weightsFolder(elsewhere)).toThrow('Expected the npm package @vladmandic/face-api');
    expect(() => requireOnnxRuntime(elsewhere)).toThrow('Expected the npm package onnxruntime-node');
    for (const look of [weightsFolder, requireOnnxRuntime]) {
      expect(() => look(elsewhere)).toThrow(
        expect.objectContaining({ code: 'package-missing', hint: expect.stringContaining('npm install') }),
      );
    }
  });
});
