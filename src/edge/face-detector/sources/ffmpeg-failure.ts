import { redactUrl } from '../../../platform/redact-url.ts';
import { SourceError, type SourceErrorCode } from './source-error.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: SourceErrorCode;
  readonly message: string;
  readonly hint: string;
}

const CAMERA_RULES: readonly Rule[] = [
  {
    pattern: /401 Unauthorized|authorization failed/i,
    code: 'camera-refused-login',
    message: 'The camera refused the user name or password',
    hint: 'check username and password of this camera',
  },
  {
    pattern: /403 Forbidden|access denied/i,
    code: 'camera-forbidden',
    message: 'The camera forbids access to this stream',
    hint: 'give this user the right to view the stream',
  },
  {
    pattern: /404 (Stream )?Not Found|454 Session Not Found/i,
    code: 'camera-path-unknown',
    message: 'The camera does not know this path',
    hint: 'check the part of the URL after the host; the camera’s manual names it',
  },
  {
    pattern: /Connection refused/i,
    code: 'camera-unreachable',
    message: 'The camera refused the connection',
    hint: 'check host and port, and that the camera’s stream is switched on',
  },
  {
    pattern: /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution/i,
    code: 'camera-unreachable',
    message: 'The camera’s host name is unknown',
    hint: 'check the host in the URL, or use its IP address',
  },
  {
    pattern: /No route to host|Network is unreachable|Host is down/i,
    code: 'camera-unreachable',
    message: 'There is no way to the camera through the network',
    hint: 'check the camera’s power and network',
  },
  {
    pattern: /Device or resource busy/i,
    code: 'camera-busy',
    message: 'Another program is using the camera',
    hint: 'end that program; fuser -v DEVICE names it',
  },
  {
    pattern: /Permission denied/i,
    code: 'camera-forbidden',
    message: 'Expected a camera that may be read, got: permission denied',
    hint: 'add the user to the group video: sudo usermod -aG video USER',
  },
  {
    pattern: /No such (file or directory|device)|Not a video capture device|Inappropriate ioctl/i,
    code: 'camera-missing',
    message: 'There is no such camera',
    hint: 'plug the camera in; v4l2-ctl --list-devices shows what is there',
  },
  {
    pattern: /timed out/i,
    code: 'camera-silent',
    message: 'The camera did not answer in time',
    hint: 'check the camera and the network to it',
  },
  {
    pattern: /Stream map .* matches no streams|does not contain any stream/i,
    code: 'source-not-video',
    message: 'Expected video, got a stream without any',
    hint: 'check the part of the URL after the host',
  },
  {
    pattern: /Invalid data found|could not find codec parameters/i,
    code: 'source-not-video',
    message: 'Expected video, got data that ffmpeg cannot read',
    hint: 'check that the URL names the camera’s stream, not its web page',
  },
  {
    pattern: /Connection reset|Broken pipe|End of file|Input\/output error/i,
    code: 'camera-closed',
    message: 'The camera closed the connection',
    hint: 'check the camera and the network to it',
  },
];

/** Why a camera's ffmpeg ended, from its last words; always worth another try. `frames`: it had delivered some. */
export function cameraFailure(lastWords: string, secrets: readonly string[], frames: boolean): SourceError {
  const rule = CAMERA_RULES.find(({ pattern }) => pattern.test(lastWords));
  if (rule !== undefined) return new SourceError(rule.code, rule.message, { hint: rule.hint, retryable: true });
  if (frames) return new SourceError('camera-closed', 'The camera’s stream ended', { retryable: true });
  return new SourceError('camera-failed', `The camera could not be read: ${lastLine(lastWords, secrets)}`, {
    retryable: true,
  });
}

/** Why a file's ffmpeg gave nothing, or not all. */
export function fileFailure(path: string, lastWords: string, frames: number): SourceError {
  if (frames > 0) {
    const message = `Expected ${path} to be read to its end, got ${lastLine(lastWords, [])} after ${frames} frames`;
    return new SourceError('source-interrupted', message, {
      hint: 'the file may be damaged; play it with ffplay to see',
    });
  }
  const noVideo = /matches no streams|does not contain any stream/i.test(lastWords);
  const found = noVideo ? 'a file without video' : `a file that ffmpeg cannot read (${lastLine(lastWords, [])})`;
  return new SourceError('source-not-video', `Expected a video file, got ${found}: ${path}`, {
    hint: 'ffprobe FILE says what is in it',
  });
}

/** For people: the last line, without ffmpeg's `[module @ address]`, the source's secrets and any URL's credentials. */
function lastLine(lastWords: string, secrets: readonly string[]): string {
  const line =
    lastWords
      .split('\n')
      .at(-1)
      ?.replace(/^(\[[^\]]*\] *)+/, '') ?? '';
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line);
  return hidden === '' ? 'ffmpeg ended without a word' : redactUrl(hidden);
}
