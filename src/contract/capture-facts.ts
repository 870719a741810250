import type { z } from 'zod';
import { type CaptureIdentity, readImageProperties } from './capture-metadata.ts';
import { captureMetadataFromText } from './metadata.ts';
import type { XmpProperties, XmpValue } from './xmp/xmp-value.ts';

/** What keepers need to know of a capture. Each is undefined where the metadata lack it or it breaks its rule there. */
export interface CaptureFacts extends CaptureIdentity {
  /** ISO 8601, UTC, with milliseconds. */
  readonly capturedAt: string | undefined;
  /** The overall quality, 0–1: what the capture is worth when there is no room for all. */
  readonly quality: number | undefined;
  readonly traceparent: string | undefined;
  /** One life of the detector, and the number of the capture in it: gaps are captures that no keeper ever had. */
  readonly run: string | undefined;
  readonly seq: number | undefined;
}

const RULES = captureMetadataFromText.shape;
const QUALITY_RULE = RULES.quality.shape.overall;

/**
 * The facts inside an image, or undefined for a bare image. Looks at these alone, whatever else is there and of whichever version
 * it is: a keeper carries what it does not understand. Costs a tenth of readMetadata.
 */
export function readFacts(image: Buffer): CaptureFacts | undefined {
  const properties = readImageProperties(image);
  return properties && factsIn(properties);
}

/** As readFacts, for properties that were read already. */
export function factsIn(properties: XmpProperties): CaptureFacts {
  return {
    id: fact(RULES.id, properties.id),
    device: fact(RULES.device, properties.device),
    camera: fact(RULES.camera, properties.camera),
    capturedAt: fact(RULES.capturedAt, properties.capturedAt),
    quality: fact(QUALITY_RULE, overall(properties.quality)),
    traceparent: fact(RULES.traceparent, properties.traceparent),
    run: fact(RULES.run, properties.run),
    seq: fact(RULES.seq, properties.seq),
  };
}

function fact<Value>(rule: z.ZodType<Value>, text: XmpValue | undefined): Value | undefined {
  // Of what is no text no rule needs to make an error.
  return typeof text === 'string' ? rule.safeParse(text).data : undefined;
}

function overall(quality: XmpValue | undefined): XmpValue | undefined {
  const isStructure = typeof quality === 'object' && !Array.isArray(quality);
  return isStructure ? (quality as XmpProperties).overall : undefined;
}
