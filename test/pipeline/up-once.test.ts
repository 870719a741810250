import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureIdTime } from '../../src/contract/capture-id.ts';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { imageFormat } from '../../src/contract/image/image.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { ffmpeg } from '../support/clips.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart, SHARED } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { balanceOf, sightline } from '../support/sightline.ts';
import { type StoredFile, storedFiles } from '../support/stored-files.ts';

const KEYS = ['frames', 'captured', 'stored', 'refused', 'evicted', 'released', 'pending', 'seconds'];

interface Detected {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly { box: { x: number; y: number; width: number; height: number }; score: number }[];
}

describe('up --once', () => {
  const folder = temporaryFolder();
  let detected: Detected[] = [];
  afterAll(folder.remove);

  beforeAll(async () => {
    const photos = await makePhotos(join(folder.path, 'photos'), 3);
    const result = await sightline({ cwd: folder.path }, 'detect', '--json', ...photos);
    expect(result.code, result.stderr).toBe(0);
    detected = jsonLines<Detected>(result.stdout);
    expect(detected.map(({ file, width }) => [file, width])).toEqual(photos.map((file) => [file, 960]));
  });

  it.each([
    ['every', 'png'],
    ['best', 'png'],
    ['every', 'webp'],
    ['best', 'jpeg'],
  ])(
    'a folder of photographs, mode %s, format %s: every face that `detect` finds is one file',
    async (mode, format) => {
      const cwd = join(folder.path, `${mode}-${format}`);
      mkdirSync(cwd);
      const args = ['--source', '../photos', '--mode', mode, '--format', format, '--device', 'gate'];
      const result = await sightline({ cwd }, 'up', '--once', '--pace', 'max', ...args);
      const faces = detected.reduce((sum, image) => sum + image.faces.length, 0);
      expect(faces).toBeGreaterThanOrEqual(6);
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toBe('');
      const balance = balanceOf(result);
      expect(Object.keys(balance)).toEqual(KEYS);
      expect(balance).toMatchObject({ frames: 3, captured: faces, stored: faces, pending: 0, refused: 0 });
      const files = storedFiles(join(cwd, 'faces'));
      expect(files).toHaveLength(faces);
      expect(new Set(files.map(describeFile).map(({ id }) => id)).size).toBe(faces);
      for (const file of files) {
        const metadata = describeFile(file);
        expect(imageFormat(file.bytes)).toBe(format);
        expect(metadata).toMatchObject({ device: 'gate', camera: 'camera', image: 'face' });
        expect(metadata.visit !== undefined).toBe(mode === 'best');
        const image = detected[metadata.frame.index];
        expect(metadata.frame).toEqual({ index: metadata.frame.index, width: image?.width, height: image?.height });
        const face = image?.faces.find(({ score }) => Math.abs(score - metadata.score) < 1e-4);
        expect(face?.box.x).toBeCloseTo(metadata.box.x, 0);
      }
      const inspected = await sightline({ cwd }, 'inspect', '--json', ...files.map(({ path }) => path));
      expect(inspected.code).toBe(0);
      expect(jsonLines(inspected.stdout)).toEqual(
        files.map((file) => ({ file: file.path, capture: JSON.parse(JSON.stringify(describeFile(file))) })),
      );
      const again = await sightline({ cwd }, 'detect', '--json', ...files.map(({ path }) => path));
      const seen = jsonLines<Detected>(again.stdout).filter(({ faces: found }) => found.length > 0);
      expect(seen.length).toBeGreaterThanOrEqual(Math.ceil(0.7 * faces));
    },
    60_000,
  );

  const hasFfmpeg = requirePart('ffmpeg');
  it.skipIf(!hasFfmpeg.present)(
    `a clip: no frame is dropped, frames are numbered from 0 ${hasFfmpeg.reason}`,
    async () => {
      const cwd = join(folder.path, 'clip');
      mkdirSync(cwd);
      const still = join(folder.path, 'photos/photo-1.jpg');
      await ffmpeg(
        '-loop',
        '1',
        '-i',
        still,
        '-r',
        '10',
        '-frames:v',
        '20',
        '-vf',
        'scale=640:-2',
        join(cwd, 'clip.mp4'),
      );
      const result = await sightline(
        { cwd },
        'up',
        '--once',
        '--pace',
        'max',
        '--source',
        'clip.mp4',
        '--mode',
        'every',
      );
      expect(result.code, result.stderr).toBe(0);
      const balance = balanceOf(result);
      expect(balance.frames).toBe(20);
      expect(balance.stored).toBeGreaterThanOrEqual(20);
      const indexes = new Set(storedFiles(join(cwd, 'faces')).map((file) => describeFile(file).frame.index));
      expect([...indexes].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    },
    60_000,
  );

  const hasClips = requirePart('shared').present && hasFfmpeg.present;
  it.skipIf(!hasClips)(
    'the real clip: all of its 772 frames, all captures stored, once each',
    async () => {
      const cwd = join(folder.path, 'visits');
      mkdirSync(cwd);
      const result = await sightline(
        { cwd },
        'up',
        '--once',
        '--pace',
        'max',
        '--source',
        join(SHARED, 'media/visits.mp4'),
      );
      expect(result.code, result.stderr).toBe(0);
      const { frames, captured, stored, pending } = balanceOf(result);
      expect([frames, pending, stored]).toEqual([772, 0, captured]);
      expect(captured).toBeGreaterThanOrEqual(12);
      const files = storedFiles(join(cwd, 'faces'));
      expect(files).toHaveLength(stored);
      for (const file of files) expect(describeFile(file).frame.index).toBeLessThan(772);
    },
    150_000,
  );
});

/** A stored capture's metadata; its path and its metadata say the same. */
function describeFile({ key, bytes }: StoredFile) {
  const metadata = readMetadata(bytes);
  const format = imageFormat(bytes);
  if (!metadata || !format) throw new Error(`Expected a capture, got something else at ${key}`);
  expect(objectKey(metadata, format)).toBe(key);
  // Minted when the picture was taken, or later where the file's own time lies ahead.
  expect(Math.abs(captureIdTime(metadata.id).getTime() - Date.parse(metadata.capturedAt))).toBeLessThan(300_000);
  return metadata;
}

function jsonLines<Line = unknown>(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
