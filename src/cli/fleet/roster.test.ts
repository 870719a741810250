import { expect, it } from 'vitest';
import { Roster } from './roster.ts';

const STATS = JSON.stringify({ service: 'forwarder', at: '2026-11-21T12:00:00.000Z', counts: { pending: 1 } });

function setUp() {
  const roster = new Roster('faces');
  const say = (topic: string, text: string) => roster.receive({ topic, payload: Buffer.from(text) });
  return { roster, say };
}

it('believes the topic, and not what a device says of its name', () => {
  const { roster, say } = setUp();
  say('faces/gate-1/stats', JSON.stringify({ ...JSON.parse(STATS), device: 'gate-2' }));
  say('faces/gate-1/status', 'online');
  expect([...roster.sightings]).toEqual([
    ['gate-1', { status: 'online', stats: expect.objectContaining({ counts: { pending: 1 } }) }],
  ]);
  expect(roster.isAwaited).toBe(false);
});

it('passes over what is no device, what was cleared, and what a detector tells on the same broker', () => {
  const { roster, say } = setUp();
  for (const topic of ['faces/\u001b[2J/status', 'faces/A/status', 'other/gate/status', 'faces/gate/receipts', 'faces'])
    say(topic, 'online');
  say('faces/gate/status', '');
  say('faces/gate/stats', '');
  say('faces/gate/stats', JSON.stringify({ service: 'face-detector', cameras: [] }));
  expect(roster.sightings.size).toBe(0);
  expect(roster.messages).toBe(8);
});

it('knows who has told half, and who is waited for', () => {
  const { roster, say } = setUp();
  say('faces/away/status', 'offline');
  expect(roster.isAwaited).toBe(false);
  say('faces/here/status', 'online');
  say('faces/odd/status', 'on fire');
  say('faces/odd/stats', '{"service":');
  expect(roster.halfKnown).toEqual(['away', 'here', 'odd']);
  expect(roster.isAwaited).toBe(true);
  say('faces/here/stats', STATS);
  expect(roster.isAwaited).toBe(false);
});

it('lists so many devices and counts the rest', () => {
  const { roster, say } = setUp();
  for (let index = 0; index < 20_010; index += 1) say(`faces/d${index}/status`, 'online');
  expect([roster.sightings.size, roster.leftOut]).toEqual([20_000, 10]);
});
