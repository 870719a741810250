import { expect, it } from 'vitest';
import { sampleMetadata } from '../fixtures/sample-metadata.ts';
import { mutate, seededRandom } from '../fixtures/seeded-random.ts';
import type { CaptureMetadata } from '../metadata.ts';
import { readOwnPacket } from './own-packet-reader.ts';
import { readAnyPacket } from './xmp-reader.ts';
import type { XmpProperties } from './xmp-value.ts';
import { encodeXmp } from './xmp-writer.ts';

const OWN = encodeXmp(sampleMetadata()).toString('utf8');
/** Pieces of packets, ours and others', to build packets of that are nearly ours. */
const PIECES = [
  ...OWN.split(/(?<=>)|(?=<)|(?<=[ =])/u),
  '&amp;',
  '&lt;',
  '&#38;',
  '&#x1F600;',
  '&nbsp;',
  '&',
  '>',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '\u00a0',
  '\uFEFF',
  '\0',
  '顔',
  '<!-- -->',
  '<![CDATA[x]]>',
  '<!DOCTYPE x>',
  '<sightline:a/>',
  '<sightline:a>1</sightline:a>',
  '<sightline:__proto__>1</sightline:__proto__>',
  '<sightline:constructor>1</sightline:constructor>',
  '<rdf:Bag><rdf:li>1</rdf:li></rdf:Bag>',
  '<rdf:li></rdf:li>',
];

/** What the strict reader says of a packet; where it says something, the parser of XML must say the same. */
function agreed(packet: Buffer, about: string): XmpProperties | undefined {
  const own = readOwnPacket(packet);
  if (own) expect(own, about).toStrictEqual(readAnyPacket(packet.toString('utf8')));
  return own;
}

function edited(from: string | RegExp, to: string): Buffer {
  const packet = OWN.replace(from, () => to);
  if (packet === OWN) throw new Error(`Expected ${from} in the packet`);
  return Buffer.from(packet);
}

it.each<[string, Partial<CaptureMetadata>]>([
  ['awkward texts', {}],
  ['plain texts', { software: 'sightline', model: { name: 'ssd', sha256: 'ab' } }],
  ['no visit', { visit: undefined }],
  ['no landmarks', { landmarks: [] }],
  ['one landmark', { landmarks: [[1, 2]] }],
  ['68 landmarks', { landmarks: Array.from({ length: 68 }, (_, at) => [at / 3, at * 1e-9]) }],
  ['an empty text', { software: '', model: { name: '', sha256: '' } }],
  [
    'texts of nothing but what XML escapes',
    { software: '<<&&>>', run: '&amp;lt;', model: { name: '顔😀', sha256: '<' } },
  ],
])('reads what our writer wrote, with %s, as the parser does', (about, change) => {
  expect(agreed(encodeXmp(sampleMetadata(change)), about)).toBeDefined();
});

it.each<[string, string | RegExp, string]>([
  ['blanks around a text', '>gate-3<', '> gate-3\t<'],
  ['a line break in a text', '>gate-3<', '>\ngate\n3\n<'],
  ['nothing but blanks', '>gate-3<', '> \n <'],
  ['a no-break space at the end', '>gate-3<', '>gate-3\u00a0<'],
  ['angles that nobody escaped', '>gate-3<', '>a>b]]><'],
  ['entities that our writer does not use', '>gate-3<', '>&quot;&apos;&#9731;&nbsp;&x;<'],
  ['a property of a later version', '<sightline:id>', '<sightline:shape>new</sightline:shape>\n<sightline:id>'],
])('reads a packet with %s as the parser does', (about, from, to) => {
  expect(agreed(edited(from, to), about)).toBeDefined();
});

it('reads text that is no UTF-8 as the parser does', () => {
  for (const bytes of ['ff', 'c3', 'e9a1', 'f09f98', 'eda080', 'c0bc', '80bf']) {
    const at = encodeXmp(sampleMetadata()).indexOf('gate-3');
    const packet = Buffer.concat([
      Buffer.from(OWN).subarray(0, at),
      Buffer.from(bytes, 'hex'),
      Buffer.from(OWN).subarray(at),
    ]);
    expect(agreed(packet, bytes)).toBeDefined();
  }
});

it.each<[string, string | RegExp, string]>([
  ['a property twice', '<sightline:id>', '<sightline:id>1</sightline:id>\n<sightline:id>'],
  ['a field of a structure twice', '<sightline:x>', '<sightline:x>1</sightline:x><sightline:x>'],
  ['an attribute', '<sightline:id>', '<sightline:id xml:lang="x-default">'],
  ['another end of a tag', '</sightline:id>', '</sightline:id >'],
  ['a carriage return', '>gate-3<', '>gate\r\n3<'],
  ['an empty item', '<rdf:li>420.5 40<', '<rdf:li> <'],
  ['an empty structure', /(<sightline:box[^>]*>).*(?=<\/sightline:box>)/, '<sightline:box rdf:parseType="Resource">'],
  [
    'a structure in a structure',
    '<sightline:x>400.25</sightline:x>',
    '<sightline:x rdf:parseType="Resource"><sightline:y>1</sightline:y></sightline:x>',
  ],
  ['a comment', '<sightline:id>', '<!-- --><sightline:id>'],
  ['another prefix', /sightline:/g, 's:'],
  ['another namespace', 'https://sightline.dev', 'https://elsewhere.dev'],
  ['no break between two properties', '</sightline:id>\n', '</sightline:id>'],
  ['something behind it', 'end="r"?>', 'end="r"?>\n'],
  ['room to write in, as others leave it', '<?xpacket end', '   \n<?xpacket end'],
])('leaves a packet with %s to the parser', (_, from, to) => {
  expect(readOwnPacket(edited(from, to))).toBeUndefined();
});

it('never says anything else than the parser of 10,000 mutated packets', () => {
  const random = seededRandom(4);
  let accepted = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const source = Buffer.from(
      round % 2 === 0 ? OWN : OWN.replaceAll(/[&<>]\w+;|[^\0-\x7f]/g, (text) => (text === '\uFEFF' ? text : 'x')),
    );
    if (agreed(mutate(source, random), `round ${round}`)) accepted += 1;
  }
  expect(accepted).toBeGreaterThan(300);
});

it('never says anything else than the parser of 10,000 packets with pieces put in, taken out or exchanged', () => {
  const random = seededRandom(5);
  const parts = OWN.split(/(?=<)|(?<=>)/u);
  let accepted = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const changed = [...parts];
    for (let change = random(3); change >= 0; change -= 1) {
      // The first five are the frame: without it nothing is accepted.
      const at = 5 + random(changed.length - 5);
      changed.splice(at, random(3), ...Array.from({ length: random(3) }, () => PIECES[random(PIECES.length)] ?? ''));
    }
    if (agreed(Buffer.from(changed.join('')), `round ${round}`)) accepted += 1;
  }
  expect(accepted).toBeGreaterThan(500);
});
