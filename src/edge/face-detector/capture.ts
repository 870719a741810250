import { randomBytes } from 'node:crypto';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { type CaptureProperties, captureProperties } from '../../contract/cloud-events.ts';
import type { ImageFormat } from '../../contract/image/image.ts';
import { type CaptureMetadata, METADATA_VERSION } from '../../contract/metadata.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { captureTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import { SOFTWARE } from '../../platform/version.ts';
import { isClockSynced } from './clock-sync.ts';
import type { FaceModel } from './models/face-model.ts';
import { encodeShot, type Shot } from './shot.ts';
import type { Visit } from './visits/visits.ts';

/** One face image, ready to be sent. */
export interface Capture {
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  readonly topic: string;
  readonly image: Buffer;
  readonly sha256: string;
  readonly quality: number;
  readonly properties: CaptureProperties;
  /** One life of the detector, and the capture's number in it, from 0: what is never kept leaves a gap. */
  readonly run: string;
  readonly seq: number;
}

export interface CaptureMakerOptions {
  readonly prefix: string;
  readonly device: string;
  readonly model: Pick<FaceModel, 'name' | 'sha256'>;
  readonly format: ImageFormat;
  readonly imageQuality: number;
}

/** Makes captures of shots: mints the id, encodes, and writes what is known into the image. One for each life of the detector. */
export class CaptureMaker {
  readonly #options: CaptureMakerOptions;
  readonly #run = randomBytes(8).toString('hex');
  #seq = 0;

  constructor(options: CaptureMakerOptions) {
    this.#options = options;
  }

  async make(camera: string, shot: Shot, visit?: Visit): Promise<Capture> {
    const { prefix, device, format, imageQuality } = this.#options;
    const picture = await encodeShot(shot, format, imageQuality);
    // Numbered only now: a shot that can't be encoded is no capture that was lost.
    const seq = this.#seq;
    this.#seq += 1;
    const id = mintCaptureId(shot.frame.capturedAt);
    const metadata = this.#metadata({ id, camera, seq }, shot, visit);
    const image = embedMetadata(picture, metadata);
    return {
      ...{ id, device, camera, run: this.#run, seq },
      topic: captureTopic(prefix, { device, camera, id }),
      image,
      sha256: sha256Hex(image),
      quality: shot.quality.overall,
      properties: captureProperties(metadata, format),
    };
  }

  #metadata(
    { id, camera, seq }: { id: string; camera: string; seq: number },
    shot: Shot,
    visit?: Visit,
  ): CaptureMetadata {
    const { device, model } = this.#options;
    const { detection, frame, crop, quality } = shot;
    const { x, y, width, height } = detection.box;
    return {
      version: METADATA_VERSION,
      id,
      device,
      camera,
      capturedAt: frame.capturedAt.toISOString(),
      timeSynced: isClockSynced(Date.now()),
      frame: { index: frame.index, width: frame.width, height: frame.height },
      box: { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) },
      score: Math.round(detection.score * 10_000) / 10_000,
      landmarks: detection.landmarks.map(([px, py]) => [tenth(px), tenth(py)]),
      quality,
      crop: { ...crop },
      image: shot.image,
      ...(visit ? { visit: describeVisit(visit) } : {}),
      model: { name: model.name, sha256: model.sha256 },
      traceparent: traceparent(id),
      software: SOFTWARE,
      run: this.#run,
      seq,
    };
  }
}

function describeVisit({ id, firstSeenAt, lastSeenAt, frames, shot }: Visit): NonNullable<CaptureMetadata['visit']> {
  return { id, firstSeenAt: firstSeenAt.toISOString(), lastSeenAt: lastSeenAt.toISOString(), frames, shot };
}

/** W3C Trace Context §3.2. */
function traceparent(id: string): string {
  return `00-${traceIdOf(id)}-${randomBytes(8).toString('hex')}-01`;
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
