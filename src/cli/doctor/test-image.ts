import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { type CaptureProperties, captureProperties } from '../../contract/cloud-events.ts';
import { pngChunk } from '../../contract/image/png-chunk.ts';
import { type CaptureMetadata, METADATA_VERSION } from '../../contract/metadata.ts';
import { DOCTOR_CAMERA } from '../../contract/self-test.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { captureTopic } from '../../contract/topics.ts';
import { SOFTWARE } from '../../platform/version.ts';

/** Noise does not shrink: with this side the file is about 40 KB, as a face is. */
const SIDE = 116;
const CROSS_WIDTH = 12;

/** A capture that is no face. */
export interface TestImage {
  readonly id: string;
  readonly device: string;
  readonly topic: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly properties: CaptureProperties;
}

/** Makes a whole capture, as a detector does: an id of now, a PNG, and metadata that agree with the topic. */
export function makeTestImage(prefix: string, device: string, at: Date): TestImage {
  const id = mintCaptureId(at);
  const metadata = testMetadata(id, device, at);
  const bytes = embedMetadata(crossPng(), metadata);
  return {
    id,
    device,
    topic: captureTopic(prefix, { device, camera: DOCTOR_CAMERA, id }),
    bytes,
    sha256: sha256Hex(bytes),
    properties: captureProperties(metadata, 'png'),
  };
}

function testMetadata(id: string, device: string, at: Date): CaptureMetadata {
  const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
  return {
    version: METADATA_VERSION,
    id,
    device,
    camera: DOCTOR_CAMERA,
    capturedAt: at.toISOString(),
    timeSynced: false,
    frame: { index: 0, width: SIDE, height: SIDE },
    box: whole,
    score: 0,
    landmarks: [],
    // Worth nothing: in a full spool no face makes room for it.
    quality: { overall: 0, sharpness: 0, frontalness: 0, size: 0, exposure: 0, completeness: 0 },
    crop: whole,
    image: 'face',
    model: { name: 'none: a test image of sightline doctor', sha256: '' },
    traceparent: `00-${id.replaceAll('-', '')}-${randomBytes(8).toString('hex')}-01`,
    software: SOFTWARE,
    run: `doctor-${randomBytes(8).toString('hex')}`,
    seq: 0,
  };
}

/** A white cross on coloured noise: whoever comes across it sees that it is nobody. */
function crossPng(): Buffer {
  const rowBytes = 1 + SIDE * 3;
  const pixels = randomBytes(rowBytes * SIDE);
  for (let y = 0; y < SIDE; y += 1) {
    // Each row begins with its filter, 0: none (PNG §9.2).
    pixels[y * rowBytes] = 0;
    for (let x = 0; x < SIDE; x += 1) {
      if (isCross(x) || isCross(y)) pixels.fill(255, y * rowBytes + 1 + x * 3, y * rowBytes + 4 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(pixels)), pngChunk('IEND')]);
}

function isCross(at: number): boolean {
  return Math.abs(at - SIDE / 2) < CROSS_WIDTH / 2;
}
