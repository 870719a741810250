import { expect, it } from 'vitest';
import { readMetadata } from '../../contract/capture-metadata.ts';
import { judge } from '../../contract/judge.ts';
import { DOCTOR_CAMERA } from '../../contract/self-test.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { makeTestImage } from './test-image.ts';

it('is a capture that every keeper takes, as large as a face, and says what it is', async () => {
  const at = new Date();
  const image = makeTestImage('face_detection', 'gate', at);
  const { header, address } = await judge('face_detection', image.topic, image.bytes);
  expect(header).toMatchObject({ format: 'png', width: 116, height: 116 });
  expect(address).toEqual({ device: 'gate', camera: DOCTOR_CAMERA, id: image.id });
  expect(image.sha256).toBe(sha256Hex(image.bytes));
  expect(image.bytes.length).toBeGreaterThan(20_000);
  expect(readMetadata(image.bytes)).toMatchObject({ capturedAt: at.toISOString(), quality: { overall: 0 }, seq: 0 });
});

it('is another one each time', () => {
  const [one, two] = [1, 2].map(() => makeTestImage('face_detection', 'gate', new Date()));
  expect(one?.id).not.toBe(two?.id);
  expect(one?.sha256).not.toBe(two?.sha256);
});
