import { expect, it } from 'vitest';
import { CameraBoard } from './camera-board.ts';

const SOFTWARE = 'Sightline 1.0.0';

function setUp() {
  let nowMs = 0;
  const board = new CameraBoard({ prefix: 'faces', device: 'gate', software: SOFTWARE, now: () => nowMs });
  const say = (device: string, channel: string, payload: string, retain = false) =>
    board.receive({ topic: `faces/${device}/${channel}`, payload: Buffer.from(payload), retain });
  const tell = (device: string, cameras: object[], more: object = {}, retain = false) =>
    say(device, 'stats', JSON.stringify({ service: 'face-detector', software: SOFTWARE, cameras, ...more }), retain);
  return { board, say, tell, wait: (ms: number) => (nowMs += ms) };
}

it('knows the cameras of several detectors and of devices behind it, each as it was last told', () => {
  const { board, tell } = setUp();
  tell('gate', [{ id: 'door', state: 'streaming' }]);
  tell('gate', [
    { id: 'yard', state: 'stalled', reason: 'No picture came' },
    { id: 'shop', state: 'off' },
  ]);
  tell('kiosk', [{ id: 'door', state: 'connecting' }], { software: 'other 2' });
  tell('gate', [{ id: 'door', state: 'failed', reason: 'There is no such camera' }]);
  expect(board.cameras()).toEqual([
    { id: 'door', state: 'down', reason: 'There is no such camera' },
    { id: 'shop', state: 'off' },
    { id: 'yard', state: 'down', reason: 'No picture came' },
    { id: 'door', state: 'down', reason: 'connecting', device: 'kiosk', software: 'other 2' },
  ]);
});

it('calls the cameras of a silent detector away, and forgets them after a day', () => {
  const { board, tell, wait } = setUp();
  tell('gate', [{ id: 'door', state: 'streaming' }]);
  wait(30_000);
  expect(board.cameras()).toEqual([{ id: 'door', state: 'up' }]);
  wait(1);
  expect(board.cameras()).toEqual([{ id: 'door', state: 'away', reason: 'its detector is silent' }]);
  wait(86_400_000);
  expect(board.cameras()).toEqual([]);
});

it('takes everything of its topics, and believes nothing retained, odd or of other services', () => {
  const { board, say, tell } = setUp();
  expect(tell('gate', [{ id: 'door', state: 'streaming' }], {}, true)).toBe(true);
  for (const odd of ['', '{', '[]', JSON.stringify({ service: 'forwarder', cameras: [{ id: 'a', state: 'up' }] })])
    expect(say('gate', 'stats', odd)).toBe(true);
  expect(tell('gate', [{ id: 'A b', state: 'streaming' }])).toBe(true);
  expect(say('Not a name', 'stats', '{}')).toBe(true);
  expect(board.cameras()).toEqual([]);
  expect(board.receive({ topic: 'faces/gate/captures/door/x', payload: Buffer.alloc(0), retain: false })).toBe(false);
});

it('holds so many cameras and no more', () => {
  const { board, tell } = setUp();
  for (let index = 0; index < 300; index += 1) tell(`kiosk-${index}`, [{ id: 'door', state: 'streaming' }]);
  expect(board.cameras()).toHaveLength(256);
  expect(board.cameras().some(({ device }) => device === 'kiosk-299')).toBe(true);
});

it('knows from its status that a detector is gone of which nothing was heard', () => {
  const { board, say, tell } = setUp();
  expect(board.isDetectorAway).toBe(false);
  say('gate', 'status', 'offline', true);
  expect(board.isDetectorAway).toBe(true);
  tell('gate', [{ id: 'door', state: 'streaming' }]);
  say('gate', 'status', 'offline');
  expect(board.isDetectorAway).toBe(false);
});

it('knows for a while that a clock is not set', () => {
  const { board, tell, wait } = setUp();
  expect(board.isClockSynced).toBe(true);
  tell('gate', [], { clockSynced: false });
  expect(board.isClockSynced).toBe(false);
  wait(30_001);
  expect(board.isClockSynced).toBe(true);
});
