import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbPicture } from '../picture/picture.ts';
import { type FaceModel, loadFaceModel } from './face-model.ts';
import type { ModelError } from './model-error.ts';
import { weightsFolder } from './package-weights.ts';
import { YUNET, yunetPath } from './yunet-file.ts';

const SHARED = resolve('../shared/models');
const HAS_YUNET = existsSync(join(SHARED, YUNET.fileName));
const REASON = HAS_YUNET ? '' : ' (skipped: no ../shared/models/yunet_n_dynamic.onnx)';

let empty = '';
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'sightline-models-'));
});
afterAll(async () => {
  await rm(empty, { recursive: true });
});

async function photograph(): Promise<RgbPicture> {
  const file = join(dirname(weightsFolder()), 'demo', 'sample6.jpg');
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe('loadFaceModel', () => {
  it('takes the built-in SSD where there is no YuNet', async () => {
    const model = await loadFaceModel({ model: 'auto', modelsPath: empty });
    expect([model.name, model.defaultMinScore]).toEqual(['ssd-mobilenet-v1', 0.4]);
    await model.close();
  });

  it('says which command brings YuNet when it is asked for and absent', async () => {
    await expect(loadFaceModel({ model: 'yunet', modelsPath: empty })).rejects.toMatchObject({
      code: 'model-missing',
      message: expect.stringContaining(yunetPath(empty)),
      hint: expect.stringContaining('sightline models pull yunet'),
    });
  });

  it('says which providers there are when it is to run on another', async () => {
    await expect(loadFaceModel({ model: 'ssd', modelsPath: empty, provider: 'openvino' })).rejects.toMatchObject({
      code: 'provider-missing',
      message: expect.stringMatching(/\(cpu.*\), got openvino/),
    });
  });

  it('never runs a YuNet file with another hash: auto passes it over and says so', async () => {
    await writeFile(yunetPath(empty), 'not a model');
    const rejected: ModelError[] = [];
    const model = await loadFaceModel({
      model: 'auto',
      modelsPath: empty,
      onRejected: (error) => rejected.push(error),
    });
    expect(model.name).toBe('ssd-mobilenet-v1');
    expect(rejected.map(({ code }) => code)).toEqual(['hash-mismatch']);
    await model.close();
    await expect(loadFaceModel({ model: 'yunet', modelsPath: empty })).rejects.toMatchObject({ code: 'hash-mismatch' });
    await rm(yunetPath(empty));
  });

  it.skipIf(!HAS_YUNET)(`takes YuNet where its verified file is${REASON}`, async () => {
    const model = await loadFaceModel({ model: 'auto', modelsPath: SHARED });
    expect([model.name, model.sha256, model.defaultMinScore]).toEqual(['yunet', YUNET.sha256, 0.6]);
    await model.close();
  });
});

describe.each([
  { model: 'ssd' as const, points: 68 },
  { model: 'yunet' as const, points: 5 },
])('$model', ({ model, points }) => {
  const when = it.skipIf(model === 'yunet' && !HAS_YUNET);
  const reason = model === 'yunet' ? REASON : '';
  let loaded: FaceModel | undefined;
  const load = async (): Promise<FaceModel> => (loaded ??= await loadFaceModel({ model, modelsPath: SHARED }));
  afterAll(async () => loaded?.close());

  when(`finds the faces of a photograph, with landmarks inside their boxes${reason}`, async () => {
    const faceModel = await load();
    const faces = await faceModel.detect(await photograph(), faceModel.defaultMinScore);
    expect(faces.length).toBeGreaterThanOrEqual(3);
    expect(faces.map(({ score }) => score)).toEqual(faces.map(({ score }) => score).toSorted((a, b) => b - a));
    for (const { box, landmarks } of faces) {
      expect(landmarks).toHaveLength(points);
      const x = landmarks.reduce((sum, [px]) => sum + px, 0) / points;
      const y = landmarks.reduce((sum, [, py]) => sum + py, 0) / points;
      expect(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height).toBe(true);
    }
  });

  when(`finds the same faces where they are after the picture was cut${reason}`, async () => {
    const faceModel = await load();
    const whole = await photograph();
    const [left, top, width, height] = [96, 64, whole.width - 96, whole.height - 64];
    const data = await sharp(whole.data, { raw: { width: whole.width, height: whole.height, channels: 3 } })
      .extract({ left, top, width, height })
      .raw()
      .toBuffer();
    const [best] = await faceModel.detect(whole, 0.5);
    const moved = await faceModel.detect({ data, width, height }, 0.3);
    const x = (best?.box.x ?? 0) + (best?.box.width ?? 0) / 2 - left;
    const y = (best?.box.y ?? 0) + (best?.box.height ?? 0) / 2 - top;
    const distances = moved.map(({ box }) => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y));
    expect(Math.min(...distances)).toBeLessThan(12);
  });

  when(`gives weaker finds when it is asked for scores down to 0.01${reason}`, async () => {
    const faceModel = await load();
    const image = await photograph();
    const all = await faceModel.detect(image, 0.01);
    expect(all.some(({ score }) => score < 0.05)).toBe(true);
    expect(all.every(({ score }) => score >= 0.01)).toBe(true);
    const strong = await faceModel.detect(image, 0.5);
    expect(all.filter(({ score }) => score >= 0.5)).toEqual(strong);
  });

  when(`answers several pictures at once as it answers them one by one${reason}`, async () => {
    const faceModel = await load();
    const image = await photograph();
    const black = { width: 64, height: 48, data: new Uint8Array(64 * 48 * 3) };
    const alone = await faceModel.detect(image, 0.5);
    const [first, none, second] = await Promise.all([image, black, image].map((one) => faceModel.detect(one, 0.5)));
    expect([first, none, second]).toEqual([alone, [], alone]);
  });

  when(`finishes the picture that it is looking at before it closes${reason}`, async () => {
    const closing = await loadFaceModel({ model, modelsPath: SHARED });
    const faces = closing.detect(await photograph(), closing.defaultMinScore);
    await closing.close();
    expect((await faces).length).toBeGreaterThanOrEqual(3);
  });

  when(`goes on after a picture that it refused${reason}`, async () => {
    const faceModel = await load();
    const broken = faceModel.detect({ width: 10, height: 10, data: new Uint8Array(7) }, 0.5);
    await expect(broken).rejects.toMatchObject({ code: 'bad-image' });
    expect(await faceModel.detect({ width: 1, height: 1, data: new Uint8Array(3) }, 0.5)).toEqual([]);
  });
});
