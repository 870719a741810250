import { type FfmpegProgram, isBefore } from './ffmpeg-program.ts';

export type FfmpegInput =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'device'; readonly path: string }
  /** `url` may hold credentials: it goes through standard input only. */
  | { readonly type: 'rtsp' | 'http'; readonly url: string };

export interface FfmpegOptions {
  readonly fps?: number | undefined;
  /** Silence on the network after which ffmpeg itself gives up, so that none outlives us when we are killed. */
  readonly networkTimeoutMs: number;
}

export interface FfmpegInvocation {
  readonly args: readonly string[];
  /** What the child reads on standard input; undefined: nothing. */
  readonly stdin: string | undefined;
}

const PROTOCOLS = 'pipe,rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,httpproxy,hls,crypto,data';

/**
 * The command line that turns an input into upright I420 frames on standard output, each announced by showinfo on standard error.
 *
 * A camera's URL is in neither the arguments nor the environment, which anybody on the machine can read: it is fed as an ffconcat
 * script (ffmpeg-formats, "concat") through standard input.
 */
export function ffmpegInvocation(
  input: FfmpegInput,
  version: FfmpegProgram['version'],
  { fps, networkTimeoutMs }: FfmpegOptions,
): FfmpegInvocation {
  const stdin = 'url' in input ? script(input, version, networkTimeoutMs) : undefined;
  const args = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'repeat+info', '-filter_threads', '1'];
  args.push('-threads', '1');
  if ('url' in input) args.push('-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS, '-i', 'pipe:0');
  // Without the prefix a name such as `a:b.mp4` would be taken for a protocol and `-x.mp4` for an option.
  else if (input.type === 'file') args.push('-i', `file:${input.path}`);
  else args.push('-f', 'v4l2', ...(fps === undefined ? [] : ['-framerate', String(fps)]), '-i', input.path);
  args.push('-map', '0:v:0', '-an', '-sn', '-dn');
  args.push(...(isBefore(version, 5, 1) ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough']));
  // Frames that change their size in mid-stream stay as they are: scaled to the first one's shape, faces would be distorted.
  args.push(
    '-noautoscale',
    '-vf',
    [...thinning(input, fps), 'format=yuv420p|yuvj420p', 'showinfo=checksum=0'].join(','),
  );
  args.push('-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:1');
  return { args, stdin };
}

/** Saves the conversion and the pipe for frames nobody wants. MJPEG over HTTP is left out: its timestamps are made up. */
function thinning(input: FfmpegInput, fps: number | undefined): string[] {
  if (fps === undefined || (input.type !== 'rtsp' && input.type !== 'device')) return [];
  const due = (0.85 / fps).toFixed(6);
  return [`select='isnan(prev_selected_t)+gte(t-prev_selected_t,${due})+lt(t,prev_selected_t)'`];
}

function script(
  input: { readonly type: 'rtsp' | 'http'; readonly url: string },
  version: FfmpegProgram['version'],
  timeoutMs: number,
): string {
  const timeoutMicros = Math.round(timeoutMs * 1000);
  const isRtsp = input.type === 'rtsp';
  // Before 5.0 a script has no options; RTSP then takes its transport from the query and has no timeout but our own watch.
  if (isBefore(version, 5, 0)) {
    return lines(isRtsp ? `${input.url}${input.url.includes('?') ? '&' : '?'}tcp` : input.url);
  }
  const options = isRtsp ? ['rtsp_transport tcp', `timeout ${timeoutMicros}`] : [`rw_timeout ${timeoutMicros}`];
  return lines(input.url, options);
}

/** Single quotes protect everything but themselves (ffmpeg-utils, "Quoting and escaping"); URLs with line breaks were refused before. */
function lines(url: string, options: readonly string[] = []): string {
  const quoted = `'${url.replaceAll("'", "'\\''")}'`;
  return ['ffconcat version 1.0', `file ${quoted}`, ...options.map((option) => `option ${option}`), ''].join('\n');
}
