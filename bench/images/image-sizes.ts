import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an image may have over its base image, in MB of 1,000,000 bytes; ffmpeg is counted apart. */
export const GOALS = { vision: 250, relay: 90, cloud: undefined } as const;

export interface ImageSize {
  readonly target: keyof typeof GOALS;
  /** All layers, as `docker images` counts them. */
  readonly wholeMb: number;
  readonly overBaseMb: number;
  /** The program, its libraries and papers. */
  readonly ffmpegMb: number;
}

/**
 * Sizes of an image in the engine that `docker` talks to.
 * @throws Error where the image or its base is not there, or the one does not build on the other.
 */
export async function imageSize(target: keyof typeof GOALS, image: string, base: string): Promise<ImageSize> {
  const [whole, below] = await Promise.all([inspect(image), inspect(base)]);
  if (below.layers.some((layer, index) => whole.layers[index] !== layer)) {
    throw new Error(`Expected ${image} to be built on ${base}, got other layers; name its base with --base`);
  }
  const ffmpegMb = target === 'vision' ? await ffmpegSize(image) : 0;
  return {
    target,
    wholeMb: whole.bytes / 1e6,
    overBaseMb: (whole.bytes - below.bytes) / 1e6 - ffmpegMb,
    ffmpegMb,
  };
}

async function inspect(image: string): Promise<{ bytes: number; layers: readonly string[] }> {
  const { stdout } = await run('docker', ['image', 'inspect', image]);
  const [found] = JSON.parse(stdout) as { Size: number; RootFS: { Layers: string[] } }[];
  return { bytes: found?.Size ?? 0, layers: found?.RootFS.Layers ?? [] };
}

async function ffmpegSize(image: string): Promise<number> {
  const { stdout } = await run('docker', [
    'history',
    '--no-trunc',
    '--human=false',
    '--format',
    '{{.Size}} {{.CreatedBy}}',
    image,
  ]);
  const layer = stdout.split('\n').find((line) => /COPY \/ffmpeg|apt-get install .*ffmpeg/.test(line));
  if (layer === undefined) throw new Error(`Expected a layer with ffmpeg in ${image}, got none`);
  return Number.parseInt(layer, 10) / 1e6;
}
