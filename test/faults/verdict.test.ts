import { describe, expect, test } from 'vitest';
import { objectKey } from '../../src/contract/object-key.ts';
import { Random } from '../support/random.ts';
import { CaptureImages, type Emitted } from './capture-images.ts';
import { type Findings, judgeRun, verdictText } from './verdict.ts';

const images = new CaptureImages(new Random(3));
const emitted: Emitted[] = [];
for (let count = 0; count < 4; count += 1) emitted.push(await images.capture('gate'));
emitted.push(await images.bare('gate'));

const objects = emitted.map((capture) => ({ key: keyOf(capture), bytes: capture.bytes }));
const ledger = { pending: 0, stored: 5, refused: 0, evicted: 0, released: 0 };
const well: Findings = {
  emitted,
  objects,
  ledger,
  unheld: 0,
  bounds: [{ of: 'forwarder: memory', bytes: 10, maxBytes: 10 }],
  recoveredAfterMs: 900,
  maxRecoveryMs: 1_000,
  crashes: [],
};

function keyOf({ id, device, camera, sha256 }: Emitted): string {
  return id === undefined
    ? `device=cloud/camera=bare/sha256=${sha256.slice(0, 2)}/${sha256}.png`
    : objectKey({ device, camera, id }, 'png');
}

const first = objects[0] as (typeof objects)[number];
const twin = { ...first, key: first.key.replace('.png', '-2.png') };
const flipped = Buffer.from(first.bytes);
flipped[flipped.length - 1] = 1;

describe('the judge of a run', () => {
  test('all as it should be', () => {
    expect(verdictText(judgeRun(well))).toBe('holds');
  });

  test.each<[string, Partial<Findings>, string]>([
    ['a capture is nowhere', { objects: objects.slice(1), ledger: { ...ledger, stored: 4 } }, 'I1 1 of 5 lost'],
    [
      'shed where nothing may be',
      { objects: objects.slice(1), ledger: { ...ledger, stored: 4, evicted: 1 } },
      'I1 1 of 5',
    ],
    ['a bare image is nowhere', { objects: objects.slice(0, 4) }, 'as bare '],
    ['an object has a twin', { objects: [...objects, twin] }, 'I2 .*2 objects of one capture'],
    ['an object under another key', { objects: [twin, ...objects.slice(1)] }, 'I2 .*not the key of'],
    [
      'an object that nobody published',
      { objects: [...objects, { key: 'x.png', bytes: Buffer.from('x') }] },
      'I2 x.png: nobody',
    ],
    ['other bytes under an id', { objects: [{ ...first, bytes: flipped }, ...objects.slice(1)] }, 'I3 .* instead of '],
    ['a refused capture became an object', { refusable: new Set([emitted[0]?.sha256 ?? '']) }, 'should have been'],
    ['the ledger is silent', { ledger: undefined }, 'I4 the ledger could not be read'],
    ['the ledger has a capture too few', { ledger: { ...ledger, stored: 4 } }, 'I4 .*4 in the ledger, 5 published'],
    ['the ledger says stored, the store has nothing', { objects: objects.slice(1) }, 'I4 5 stored .* but 4 objects'],
    ['a capture is pending', { ledger: { ...ledger, stored: 4, pending: 1 } }, 'I4 1 captures are pending'],
    ['a detector still holds one', { unheld: 1 }, 'I4 1 captures are still'],
    ['too much memory', { bounds: [{ of: 'forwarder: memory', bytes: 2 ** 21, maxBytes: 2 ** 20 }] }, 'I5 .*2.0 MiB'],
    ['never settled', { recoveredAfterMs: undefined }, 'I6 not recovered within 1 s'],
    ['a service ended by itself', { crashes: ['forwarder ended with 1'] }, 'I6 forwarder ended with 1'],
  ])('%s', (_, change, words) => {
    expect(verdictText(judgeRun({ ...well, ...change }))).toMatch(new RegExp(words));
  });

  test.each<[string, Partial<Findings>]>([
    ['shed in the open', { objects: objects.slice(1), ledger: { ...ledger, stored: 4, evicted: 1 }, mayShed: true }],
    [
      'found damaged, and said so',
      { objects: objects.slice(1), ledger: { ...ledger, stored: 4, refused: 1 }, mayShed: true },
    ],
    [
      'only a broker had it, which lost its disk',
      { objects: objects.slice(0, 4), ledger: { ...ledger, stored: 4 }, doubtful: new Set([emitted[4]?.sha256 ?? '']) },
    ],
    ['evicted after it was sent: the store has it all the same', { ledger: { ...ledger, stored: 4, evicted: 1 } }],
  ])('is no loss: %s', (_, change) => {
    expect(verdictText(judgeRun({ ...well, ...change }))).toBe('holds');
  });
});
