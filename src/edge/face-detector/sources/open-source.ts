import { access, constants, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../../platform/sightline-error.ts';
import { joinCameraUrl } from './camera-url.ts';
import { checkImage } from './decode-image.ts';
import { findFfmpeg } from './ffmpeg-program.ts';
import { ImageSource } from './image-source.ts';
import { LiveSource } from './live-source.ts';
import { SampleSource, samplePhotos } from './sample-source.ts';
import type { FrameSource, SourceOptions } from './source.ts';
import { SourceError } from './source-error.ts';
import { describeSource, isImagePath, parseSourceSpec } from './source-spec.ts';
import { VideoFileSource } from './video-file-source.ts';

/**
 * Opens `/dev/videoN`, `rtsp(s)://`, `http(s)://`, a video file, an image, a folder of images or `sample`. What can be known is checked now; a camera
 * that is away is no error, it is tried again while frames are asked for. Reads no frame yet.
 *
 * @throws {SourceError} when this source can never give a frame
 */
export async function openSource(spec: string, options: SourceOptions): Promise<FrameSource> {
  const source = parseSourceSpec(spec);
  const name = describeSource(spec);
  switch (source.type) {
    case 'sample':
      await samplePhotos();
      return new SampleSource(options);
    case 'device': {
      const program = await findFfmpeg(options.ffmpegPath);
      return new LiveSource({ name, program, secrets: [], input: source }, options);
    }
    case 'rtsp':
    case 'http': {
      const { url, secrets } = joinCameraUrl(source.url, options);
      const program = await findFfmpeg(options.ffmpegPath);
      return new LiveSource({ name, program, secrets, input: { type: source.type, url } }, options);
    }
    case 'path':
      return openPath(source.path, options);
  }
}

async function openPath(path: string, options: SourceOptions): Promise<FrameSource> {
  const found = await stat(path).catch((cause: unknown) => {
    const isMissing = systemErrorCode(cause) === 'ENOENT' || systemErrorCode(cause) === 'ENOTDIR';
    const message = `Expected a file or folder, got ${isMissing ? 'nothing' : systemErrorCode(cause)} at ${path}`;
    throw new SourceError(isMissing ? 'source-missing' : 'source-unreadable', message, {
      hint: 'check the path; a relative one starts from the folder in which Sightline was started',
      cause,
    });
  });
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new SourceError('source-unreadable', `Expected to be allowed to read ${path}, got: permission denied`, {
      hint: 'give the user that runs Sightline the right to read it',
      cause,
    });
  });
  if (found.isDirectory()) return new ImageSource(path, await listImages(path), options);
  if (!found.isFile()) {
    throw new SourceError('source-unreadable', `Expected a file or folder, got something else at ${path}`);
  }
  if (found.size === 0)
    throw new SourceError('source-empty', `Expected a video or an image, got an empty file: ${path}`);
  if (isImagePath(path)) {
    await checkImage(path, options.maxPixels);
    return new ImageSource(path, [path], options);
  }
  // ffmpeg would paint a text as a picture of its letters, and open whatever a playlist names.
  if (await isText(path)) {
    throw new SourceError('source-not-video', `Expected a video or an image, got a text file: ${path}`, {
      hint: 'name a video, an image, a folder of images, a camera (/dev/video0, rtsp://…) or sample',
    });
  }
  return new VideoFileSource(path, await findFfmpeg(options.ffmpegPath), options);
}

async function listImages(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && isImagePath(entry.name)).map((entry) => entry.name);
  if (names.length === 0) {
    const message = `Expected images (png, jpg, jpeg, webp) in ${folder}, got ${entries.length} other entries`;
    throw new SourceError('source-empty', message, {
      hint: 'name a folder that holds images; folders inside it are not read',
    });
  }
  return names.sort(new Intl.Collator('en', { numeric: true }).compare).map((name) => join(folder, name));
}

async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead).every((byte) => byte >= 32 || (byte >= 9 && byte <= 13) || byte === 27);
  } finally {
    await file.close();
  }
}
