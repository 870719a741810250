import { open } from 'node:fs/promises';
import { MetadataError, readMetadata } from '../contract/capture-metadata.ts';
import { type ImageHeader, readImageHeader } from '../contract/image/image.ts';
import { MAX_IMAGE_BYTES } from '../contract/limits.ts';
import type { CaptureMetadata } from '../contract/metadata.ts';
import { RefusalError } from '../contract/refusal.ts';
import { errorMessage, systemErrorCode } from '../platform/sightline-error.ts';
import type { Command } from './command.ts';
import { readFlags } from './flags.ts';
import { forEachImage, ImageFileError, requireFile } from './image-files.ts';

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'show what is known of a capture, from inside its image',
  help: `Usage: sightline inspect IMAGE… [--json]

Shows the metadata that travels inside captures (PNG, JPEG, WebP): when and where each was taken, the face, its quality, the
model. Of an image without metadata it says "bare image". Exit code 5 when a file could not be read; the others are shown.

  --json   one line per image: {"file": …, "capture": {…}}, with null for a bare image
`,
  async run(args, io) {
    const flags = readFlags(
      'inspect',
      args,
      { json: 'boolean' },
      { min: 1, max: Number.POSITIVE_INFINITY, what: 'an image' },
    );
    const isJson = flags.has('json');
    const isFault = (error: unknown) =>
      error instanceof ImageFileError || error instanceof RefusalError || error instanceof MetadataError;
    return forEachImage(flags.positionals, { io, isJson, isFault }, async (file) => {
      const image = await readImage(file);
      const header = readImageHeader(image);
      const capture = readMetadata(image) ?? null;
      io.stdout(isJson ? `${JSON.stringify({ file, capture })}\n` : describe(file, image.length, header, capture));
    });
  },
};

/** @throws ImageFileError for what is missing, unreadable or too large for any capture. */
async function readImage(file: string): Promise<Buffer> {
  await requireFile(file);
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > MAX_IMAGE_BYTES) {
      throw new ImageFileError(`Expected an image of at most ${MAX_IMAGE_BYTES} bytes, got ${size}`);
    }
    return await handle.readFile();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new ImageFileError(`Expected an image, got ${errorMessage(error)}`);
  }
}

function describe(file: string, bytes: number, header: ImageHeader, capture: CaptureMetadata | null): string {
  const image = `${file}: ${header.format}, ${header.width} × ${header.height}, ${bytes} bytes`;
  if (!capture) return `${image}\n  bare image: no metadata of Sightline inside\n`;
  const rows = Object.entries(capture).map(([key, value]) => `  ${key.padEnd(12)} ${describeValue(value)}`);
  return `${image}\n${rows.join('\n')}\n`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 6 ? `${value.length} points` : value.map((point) => `(${point.join(', ')})`).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${inner}`)
    .join(', ');
}
