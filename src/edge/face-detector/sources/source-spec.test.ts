import { describe, expect, it } from 'vitest';
import { defaultSource, describeSource, parseSourceSpec } from './source-spec.ts';

describe('a source’s text', () => {
  it.each([
    ['sample', { type: 'sample' }],
    ['/dev/video2', { type: 'device', path: '/dev/video2' }],
    ['rtsp://cam/x', { type: 'rtsp', url: 'rtsp://cam/x' }],
    ['RTSPS://cam/x', { type: 'rtsp', url: 'RTSPS://cam/x' }],
    ['https://cam/x', { type: 'http', url: 'https://cam/x' }],
    ['clips/a b.mp4', { type: 'path', path: 'clips/a b.mp4' }],
    ['file:///a%20b.mp4', { type: 'path', path: '/a b.mp4' }],
  ])('%s is understood', (text, expected) => {
    expect(parseSourceSpec(text)).toEqual(expected);
  });

  it('of an unknown scheme is refused, without its password', () => {
    expect(() => parseSourceSpec('rtmp://u:secret@cam/x')).toThrow(/^Expected .*got rtmp:\/\/\*\*\*@cam\/x$/);
  });

  it('with a line break is refused: it would be a directive for ffmpeg', () => {
    expect(() => parseSourceSpec("rtsp://cam/x'\noption timeout 1\nfile '/etc/passwd")).toThrow(/control characters/);
  });

  it('is shown without credentials', () => {
    expect(describeSource('rtsp://u:secret@cam/x')).toBe('rtsp://***@cam/x');
  });

  it('is sample by default where no camera may be read', () => {
    expect(defaultSource('/dev/video97')).toBe('sample');
    expect(defaultSource('/dev/null')).toBe('/dev/null');
  });
});
