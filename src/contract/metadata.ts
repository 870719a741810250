import { z } from 'zod';
import { isCaptureId } from './capture-id.ts';
import { isName } from './names.ts';

/** Version of the metadata inside a capture. Every version keeps `id`, `device` and `camera` as they are here. */
export const METADATA_VERSION = 1;

/** Text that comes out of an XMP packet as it went in: XML has no control characters and readers trim the ends. */
const XMP_TEXT = /^(?!\s)[^\p{Cc}\p{Cs}\uFFFE\uFFFF]{0,200}(?<!\s)$/u;

/**
 * The schema, with how numbers and booleans are read left open: JSON has them as such, XMP only as text.
 */
function metadataSchema(number: z.ZodType<number>, boolean: z.ZodType<boolean>) {
  const ratio = number.refine((value) => value >= 0 && value <= 1, 'Expected a number from 0 to 1');
  const count = number.refine((value) => Number.isSafeInteger(value) && value >= 0, 'Expected a whole number from 0');
  const text = z.string().regex(XMP_TEXT, 'Expected at most 200 printable characters');
  const instant = z.iso.datetime({ precision: 3 });
  const rectangle = z.object({ x: number, y: number, width: number, height: number });
  return z.object({
    version: number.refine((value) => value === METADATA_VERSION),
    id: z.string().refine(isCaptureId, 'Expected a UUIDv7'),
    device: z.string().refine(isName),
    camera: z.string().refine(isName),
    /** When the camera took the picture (UTC). */
    capturedAt: instant,
    /** False when the machine's clock was not known to be set: capturedAt may then be far off. */
    timeSynced: boolean,
    /** The frame that the image was cut from; width and height in pixels. */
    frame: z.object({ index: count, width: count, height: count }),
    /** The face in pixels of the frame. */
    box: rectangle,
    /** The detector's confidence. */
    score: ratio,
    /** [x, y] in pixels of the frame, as many as the model gives. */
    landmarks: z.array(z.tuple([number, number])),
    quality: z.object({
      overall: ratio,
      sharpness: ratio,
      frontalness: ratio,
      size: ratio,
      exposure: ratio,
      completeness: ratio,
    }),
    /** What the image shows, in pixels of the frame. */
    crop: rectangle,
    image: z.enum(['face', 'frame']),
    /** Absent where every face of every frame is sent: no visits are followed then. */
    visit: z
      .object({ id: text.min(1), firstSeenAt: instant, lastSeenAt: instant, frames: count, shot: count })
      .optional(),
    model: z.object({ name: text, sha256: text }),
    /** W3C Trace Context §3.2. On MQTT 3.1.1 this is its only place. */
    traceparent: z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
    software: text,
    /** One life of the detector, and the number of the capture in it: what died in its memory shows as a gap. */
    run: text.min(1),
    seq: count,
  });
}

const finite = z.number();
const textNumber = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i)
  .transform(Number)
  .refine(Number.isFinite, 'Expected a finite number');
const textBoolean = z.enum(['true', 'false', 'True', 'False']).transform((text) => text.toLowerCase() === 'true');

export const captureMetadataSchema = metadataSchema(finite, z.boolean());
/** The same schema for the leaves of an XMP packet, where everything is text. */
export const captureMetadataFromText = metadataSchema(textNumber, textBoolean);

/** What is known of one capture; it travels inside the image as XMP. */
export type CaptureMetadata = z.infer<typeof captureMetadataSchema>;
