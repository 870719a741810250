import { describe, expect, it } from 'vitest';
import { cameraFailure, fileFailure } from './ffmpeg-failure.ts';

describe('why a camera was lost', () => {
  it.each([
    ['[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized', 'camera-refused-login'],
    ['pipe:0: Server returned 403 Forbidden (access denied)', 'camera-forbidden'],
    ['pipe:0: Server returned 404 Not Found', 'camera-path-unknown'],
    ['[tcp @ 0x1] Connection to tcp://10.0.0.9:554?timeout=15000000 failed: Connection refused', 'camera-unreachable'],
    ['[tcp @ 0x1] Failed to resolve hostname gate: Name or service not known', 'camera-unreachable'],
    ['/dev/video0: Device or resource busy', 'camera-busy'],
    ['/dev/video0: Permission denied', 'camera-forbidden'],
    ['[video4linux2 @ 0x1] Cannot open video device /dev/video9: No such file or directory', 'camera-missing'],
    ['pipe:0: Connection timed out', 'camera-silent'],
    ['pipe:0: Invalid data found when processing input', 'source-not-video'],
  ])('is read from %s', (lastWords, code) => {
    const failure = cameraFailure(lastWords, [], false);
    expect(failure).toMatchObject({ code, retryable: true, hint: expect.any(String) });
    expect(failure.message).toMatch(/^[A-Z][^@[\]]+$/);
  });

  it('is otherwise ffmpeg’s last line, without its secrets in any form', () => {
    const lastWords = "first line\n[concat @ 0x1] [rtsp @ 0x2] Odd answer of 'rtsp://u:p%40ss@cam/x', said p@ss";
    expect(cameraFailure(lastWords, ['p@ss'], false).message).toBe(
      "The camera could not be read: Odd answer of 'rtsp://***@cam/x', said ***",
    );
    expect(cameraFailure('', [], false).message).toContain('without a word');
  });

  it('is the end of the stream when it had given frames and said nothing', () => {
    expect(cameraFailure('Input #0, concat, from pipe:0', [], true)).toMatchObject({ code: 'camera-closed' });
  });
});

describe('why a file was not read', () => {
  it('tells a damaged file from one that is no video', () => {
    expect(fileFailure('a.mp4', 'a.mp4: Input/output error', 7)).toMatchObject({
      code: 'source-interrupted',
      retryable: false,
    });
    expect(fileFailure('a.mp4', 'moov atom not found', 0)).toMatchObject({
      code: 'source-not-video',
      retryable: false,
    });
  });
});
