import { randomBytes } from 'node:crypto';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureTopic } from '../../src/contract/topics.ts';
import type { Capture } from '../../src/edge/face-detector/capture.ts';

let seq = 0;

/** A capture of `gate`'s camera `door` whose image is no image: an outbox does not look into it. */
export function madeUpCapture({ bytes = 100, quality = 0.5 } = {}): Capture {
  const id = mintCaptureId(new Date());
  const image = randomBytes(bytes);
  const place = { device: 'gate', camera: 'door', id };
  seq += 1;
  return {
    ...place,
    topic: captureTopic('face_detection', place),
    image,
    sha256: sha256Hex(image),
    quality,
    properties: { contentType: 'image/png', userProperties: {} },
    run: 'made-up',
    seq,
  };
}
