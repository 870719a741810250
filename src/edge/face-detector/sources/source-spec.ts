import { accessSync, constants } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redactUrl } from '../../../platform/redact-url.ts';
import { SourceError } from './source-error.ts';

/** What a source's text names. A path says `path`: only the file system knows whether it is a folder. */
export type SourceSpec =
  | { readonly type: 'sample' }
  | { readonly type: 'device'; readonly path: string }
  | { readonly type: 'rtsp' | 'http'; readonly url: string }
  | { readonly type: 'path'; readonly path: string };

const IMAGE_EXTENSIONS = new Set(['.png', '.jpg', '.jpeg', '.webp']);
const EXPECTED = 'Expected /dev/videoN, rtsp://…, http://…, a video file, an image, a folder of images or "sample"';

export function parseSourceSpec(text: string): SourceSpec {
  const spec = text.trim();
  if (spec === '') throw new SourceError('source-missing', `${EXPECTED}, got nothing`);
  // A line break in the text would become a directive in ffmpeg's script.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for control characters
  if (/[\u0000-\u001f\u007f]/.test(spec)) {
    throw new SourceError('source-unreadable', `${EXPECTED}, got a text with control characters`);
  }
  if (spec === 'sample') return { type: 'sample' };
  if (/^\/dev\/video\d+$/.test(spec)) return { type: 'device', path: spec };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(spec)?.[1]?.toLowerCase();
  if (scheme === undefined) return { type: 'path', path: spec };
  if (scheme === 'rtsp' || scheme === 'rtsps') return { type: 'rtsp', url: spec };
  if (scheme === 'http' || scheme === 'https') return { type: 'http', url: spec };
  if (scheme === 'file' && URL.canParse(spec)) return { type: 'path', path: fileURLToPath(spec) };
  throw new SourceError('source-scheme-unknown', `${EXPECTED}, got ${redactUrl(spec)}`, {
    hint: `Sightline does not know the scheme ${scheme}://`,
  });
}

/** A source for people to read, without credentials. */
export function describeSource(text: string): string {
  if (text.trim() === 'sample') return 'sample (a moving camera over photographs)';
  return redactUrl(text.trim());
}

export function isImagePath(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(path).toLowerCase());
}

/** The first camera of this machine where it may be read, otherwise `sample`. */
export function defaultSource(device = '/dev/video0'): string {
  try {
    accessSync(device, constants.R_OK);
    return device;
  } catch {
    return 'sample';
  }
}
