import { describe, expect, it } from 'vitest';
import { joinCameraUrl } from './camera-url.ts';

describe('joinCameraUrl', () => {
  it.each([
    ['rtsp://cam/x', {}, 'rtsp://cam/x'],
    ['rtsp://cam/x', { username: 'a', password: "p@ss/w:rd'" }, 'rtsp://a:p%40ss%2Fw%3Ard%27@cam/x'],
    ['rtsp://a:p@ss@cam:554/x?y=1', {}, 'rtsp://a:p%40ss@cam:554/x?y=1'],
    ['rtsp://a:p%40ss@cam/x', {}, 'rtsp://a:p%40ss@cam/x'],
    ['rtsp://a:100%@cam/x', {}, 'rtsp://a:100%25@cam/x'],
    ['rtsp://a:old@cam/x', { password: 'new' }, 'rtsp://a:new@cam/x'],
    ['http://cam/mail@home', {}, 'http://cam/mail@home'],
  ])('%s with %j', (text, login, expected) => {
    expect(joinCameraUrl(text, login).url).toBe(expected);
  });

  it('names every form of the password as a secret', () => {
    expect(joinCameraUrl('rtsp://a:p@ss@cam/x', {}).secrets).toEqual(
      expect.arrayContaining(['p@ss', 'p%40ss', 'a:p@ss']),
    );
  });
});
