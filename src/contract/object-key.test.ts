import { expect, it } from 'vitest';
import { mintCaptureId } from './capture-id.ts';
import { bareObjectKey, objectKey, quarantineKey } from './object-key.ts';
import { sha256Hex } from './sha256.ts';

const SHA256 = sha256Hex(Buffer.from('face'));

it.each([
  ['png', 'png'],
  ['jpeg', 'jpg'],
  ['webp', 'webp'],
] as const)('puts a %s under device, camera, day and hour of its id', (format, extension) => {
  const id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
  expect(objectKey({ device: 'gate-3', camera: 'door', id }, format)).toBe(
    `device=gate-3/camera=door/dt=2022-02-22/hh=19/${id}.${extension}`,
  );
});

it.each([
  ['1970-01-01T00:00:00.000Z', 'dt=1970-01-01/hh=00'],
  ['2024-02-29T23:59:59.999Z', 'dt=2024-02-29/hh=23'],
  ['2025-01-01T00:00:00.000Z', 'dt=2025-01-01/hh=00'],
])('takes day and hour of %s in UTC', (instant, partition) => {
  const id = mintCaptureId(new Date(instant));
  expect(objectKey({ device: 'a', camera: 'b', id }, 'png')).toBe(`device=a/camera=b/${partition}/${id}.png`);
});

it('keeps the shape of a key for an id of the year 10889', () => {
  const id = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
  expect(objectKey({ device: 'a', camera: 'b', id }, 'png')).toBe(`device=a/camera=b/dt=+010889-08-02/hh=05/${id}.png`);
});

it('finds bare and refused images by their hash alone', () => {
  const folder = `sha256=${SHA256.slice(0, 2)}/${SHA256}`;
  expect(bareObjectKey('cloud', SHA256, 'jpeg')).toBe(`device=cloud/camera=bare/${folder}.jpg`);
  expect(quarantineKey(SHA256)).toBe(`quarantine/${folder}`);
});
