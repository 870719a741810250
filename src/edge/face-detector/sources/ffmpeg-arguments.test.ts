import { describe, expect, it } from 'vitest';
import { ffmpegInvocation } from './ffmpeg-arguments.ts';
import { readVersion } from './ffmpeg-program.ts';

const options = { networkTimeoutMs: 15_000 };

describe('ffmpeg’s command line', () => {
  it('quotes a URL so that it stays one argument of one directive', () => {
    const { stdin } = ffmpegInvocation({ type: 'rtsp', url: "rtsp://cam/it's" }, { major: 5, minor: 1 }, options);
    expect(stdin).toBe(
      "ffconcat version 1.0\nfile 'rtsp://cam/it'\\''s'\noption rtsp_transport tcp\noption timeout 15000000\n",
    );
  });

  it('does without script options before 5.0', () => {
    const stdin = (url: string) => ffmpegInvocation({ type: 'rtsp', url }, { major: 4, minor: 4 }, options).stdin;
    expect(stdin('rtsp://cam/x')).toBe("ffconcat version 1.0\nfile 'rtsp://cam/x?tcp'\n");
    expect(stdin('rtsp://cam/x?a=1')).toBe("ffconcat version 1.0\nfile 'rtsp://cam/x?a=1&tcp'\n");
  });

  it.each([
    ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright', '-vsync'],
    ['ffmpeg version 5.1.9-0+deb12u1 Copyright', '-fps_mode'],
    ['ffmpeg version n8.0 Copyright', '-fps_mode'],
    ['ffmpeg version N-118448-g43be8d0 Copyright', '-fps_mode'],
  ])('of %s keeps frames as they are with %s', (text, option) => {
    const { args } = ffmpegInvocation({ type: 'file', path: '-x.mp4' }, readVersion(text), options);
    expect(args[args.indexOf('passthrough') - 1]).toBe(option);
    expect(args).toContain('file:-x.mp4');
  });
});
