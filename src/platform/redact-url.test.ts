import { describe, expect, it } from 'vitest';
import { redactUrl } from './redact-url.ts';

describe('redactUrl', () => {
  it.each([
    ['rtsp://admin:secret@cam.local:554/h264', 'rtsp://***@cam.local:554/h264'],
    ['rtsp://admin@cam/h264', 'rtsp://***@cam/h264'],
    ['RTSPS://a:secret@[fe80::1]:322/x', 'RTSPS://***@[fe80::1]:322/x'],
    ['mqtts://u:secret@broker.example:8883', 'mqtts://***@broker.example:8883'],
    ['rtsp://admin:se@cret@cam/x', 'rtsp://***@cam/x'],
    ['rtsp://admin:se%40cr%2Fet@cam/x', 'rtsp://***@cam/x'],
    ["rtsp://admin:s'e/c?r#et@cam/x?channel=1", 'rtsp://***@cam/x?channel=1'],
    ['http://cam/video?user=admin&pwd=secret&channel=1', 'http://cam/video?user=***&pwd=***&channel=1'],
    ['http://cam/video?access_token=secret#top', 'http://cam/video?access_token=***#top'],
    ['http://cam/snap.cgi?pw=secret', 'http://cam/snap.cgi?pw=***'],
  ])('hides the credentials of %s', (text, expected) => {
    expect(redactUrl(text)).toBe(expected);
  });

  it('hides them in each URL of a longer text', () => {
    const text =
      "[concat @ 0x1] Impossible to open 'rtsp://u:secret@h/x' after 'http://v:secret@h/y'\nrtsp://w:secret@h";
    expect(redactUrl(text)).toBe(
      "[concat @ 0x1] Impossible to open 'rtsp://***@h/x' after 'http://***@h/y'\nrtsp://***@h",
    );
  });

  it('leaves other text alone', () => {
    for (const text of ['rtsp://cam.local:554/h264?channel=1', 'mail me@example.org', '/dev/video0', '']) {
      expect(redactUrl(text)).toBe(text);
    }
  });
});
