import { describe, expect, it } from 'vitest';
import { MAX_XMP_BYTES } from '../limits.ts';
import { SIGHTLINE_NAMESPACE } from './xmp-namespace.ts';
import { readXmpProperties } from './xmp-reader.ts';

const RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"';
const OURS = `xmlns:s="${SIGHTLINE_NAMESPACE}"`;

function packet(descriptions: string, declarations = OURS): Buffer {
  return Buffer.from(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${RDF} ${declarations}>${descriptions}</rdf:RDF></x:xmpmeta>`,
  );
}

function properties(fields: string): unknown {
  return readXmpProperties(packet(`<rdf:Description rdf:about="">${fields}</rdf:Description>`));
}

describe('one structure in all the notations of RDF', () => {
  it.each([
    '<s:id>1</s:id><s:frame rdf:parseType="Resource"><s:index>7</s:index><s:width>9</s:width></s:frame>',
    '<s:id>1</s:id><s:frame><rdf:Description><s:index>7</s:index><s:width>9</s:width></rdf:Description></s:frame>',
    '<s:id>1</s:id><s:frame><rdf:Description s:index="7"><s:width>9</s:width></rdf:Description></s:frame>',
    '<s:id>1</s:id><s:frame s:index="7" s:width="9"/>',
    '<s:id>\n  1\n</s:id>\n<s:frame\n s:index="7">\n<s:width>9</s:width></s:frame>',
    '<!-- first --><s:id>1<!-- inside --></s:id><s:frame s:index="&#x37;" s:width="&#57;"/>',
    '<s:id xml:lang="x-default">1</s:id><s:frame s:index="7" s:width="9"/>',
  ])('%s', (fields) => {
    expect(properties(fields)).toEqual({ id: '1', frame: { index: '7', width: '9' } });
  });

  it('as attributes of the description, and spread over several descriptions', () => {
    const spread =
      '<rdf:Description s:id="1"/><rdf:Description/><rdf:Description s:frame="2"><s:seq>3</s:seq></rdf:Description>';
    expect(readXmpProperties(packet(spread))).toEqual({ id: '1', frame: '2', seq: '3' });
  });

  it('without x:xmpmeta around it', () => {
    const bare = `<?xpacket begin=""?><rdf:RDF ${RDF}><rdf:Description ${OURS} s:id="1"/></rdf:RDF><?xpacket end="w"?>`;
    expect(readXmpProperties(Buffer.from(bare))).toEqual({ id: '1' });
  });
});

it.each(['Seq', 'Bag', 'Alt'])('reads an rdf:%s of none, one and many', (kind) => {
  const list = (items: string) => properties(`<s:a><rdf:${kind}>${items}</rdf:${kind}></s:a>`);
  expect(list('')).toEqual({ a: [] });
  expect(list('<rdf:li>1</rdf:li>')).toEqual({ a: ['1'] });
  expect(list('<rdf:li>1</rdf:li><rdf:li rdf:parseType="Resource"><s:x>2</s:x></rdf:li>')).toEqual({
    a: ['1', { x: '2' }],
  });
});

it('goes by the namespace and not by the prefix, wherever it is declared', () => {
  expect(
    readXmpProperties(
      packet('<rdf:Description a:id="1" s:id="2"/>', `xmlns:a="${SIGHTLINE_NAMESPACE}" xmlns:s="urn:other"`),
    ),
  ).toEqual({ id: '1' });
  expect(readXmpProperties(packet(`<rdf:Description xmlns:b="${SIGHTLINE_NAMESPACE}" b:id="1"/>`, ''))).toEqual({
    id: '1',
  });
  expect(
    readXmpProperties(packet('<rdf:Description sightline:id="1"/>', 'xmlns:sightline="urn:other"')),
  ).toBeUndefined();
});

it('takes the five entities and character references, and no other', () => {
  expect(properties('<s:a>&lt;&gt;&amp;&quot;&apos;&#9731;&#x1F600;</s:a>')).toEqual({ a: '<>&"\'☃😀' });
  expect(properties('<s:a>&amp;lt; &nbsp; &x; &#x110000; &#9999999; &constructor;</s:a>')).toEqual({
    a: '&lt; &nbsp; &x; &#x110000; &#9999999; &constructor;',
  });
});

it('keeps names that JavaScript knows as plain properties, at every depth', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'then'];
  const fields = names
    .map((name) => `<s:${name} rdf:parseType="Resource"><s:${name}>1</s:${name}></s:${name}>`)
    .join('');
  const read = properties(`${fields}<s:in rdf:parseType="Resource">${fields}</s:in>`);
  expect((read as Record<string, unknown>).id).toBeUndefined();
  expect(({} as Record<string, unknown>).in).toBeUndefined();
  for (const node of [read, (read as Record<string, unknown>).in]) {
    for (const name of names) expect(Object.getOwnPropertyDescriptor(node, name)?.value[name]).toBe('1');
  }
});

it.each([
  '<__proto__><s:id>2</s:id></__proto__>',
  '<constructor/><prototype/><toString>1</toString><hasOwnProperty/>',
  '<rdf:__proto__ s:id="2"/>',
])('is not led astray by %s beside ours', (foreign) => {
  expect([{ id: '1' }, undefined]).toContainEqual(properties(`${foreign}<s:id>1</s:id>`));
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('gives no text for a property that stands there twice', () => {
  expect(properties('<s:id>1</s:id><s:id>2</s:id>')).toEqual({ id: {} });
});

it.each<[string, string]>([
  ['a document type', '<!DOCTYPE x>'],
  ['one in small letters', '<!doctype x>'],
  ['an entity', '<!DOCTYPE x [<!ENTITY a "1">]>'],
  ['an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
  [
    'a billion laughs',
    `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i + 1} "&a${i};&a${i};">`).join('')}]>`,
  ],
])('reads nothing from a packet with %s', (_, front) => {
  const bytes = Buffer.concat([Buffer.from(front), packet('<rdf:Description><s:id>&a30;</s:id></rdf:Description>')]);
  expect(readXmpProperties(bytes)).toBeUndefined();
});

it.each<[string, string]>([
  ['nothing', ''],
  ['a text', 'no packet'],
  ['another vocabulary', packet('<rdf:Description xmlns:dc="urn:dc" dc:format="x"/>').toString()],
  ['zeros', '\0'.repeat(1000)],
  ['an array of wrappers', `${packet('<rdf:Description s:id="1"/>')}${packet('<rdf:Description s:id="2"/>')}`],
  ['UTF-16', packet('<rdf:Description s:id="1"/>').toString('utf8').split('').join('\0')],
])('sees no properties in %s', (_, text) => {
  expect(readXmpProperties(Buffer.from(text))).toBeUndefined();
});

it.each<[string, string]>([
  ['deep nesting', `${'<s:a rdf:parseType="Resource">'.repeat(900)}${'</s:a>'.repeat(900)}`],
  ['nesting that never ends', '<s:a>'.repeat(12_000)],
  ['ten thousand properties', '<s:a/>'.repeat(10_000)],
  ['five thousand attributes', `<s:a ${Array.from({ length: 5_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`],
  ['only ampersands', '&'.repeat(60_000)],
  ['only references', '&#38;'.repeat(12_000)],
  ['only angles', '<'.repeat(60_000)],
  ['open comments', '<!--'.repeat(15_000)],
  ['open instructions', '<?a '.repeat(15_000)],
  ['open sections', '<![CDATA['.repeat(6_000)],
  ['only quotes', `<s:a b="${"'".repeat(60_000)}`],
  ['only blanks', ' '.repeat(64_000)],
])('comes back at once, without an error, from %s', (_, fields) => {
  const startedAt = performance.now();
  expect(() => properties(fields)).not.toThrow();
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

it('reads a packet of the largest size, and none that is larger', () => {
  const largest = Buffer.concat([packet('<rdf:Description s:id="1"/>'), Buffer.alloc(MAX_XMP_BYTES, ' ')]);
  expect(readXmpProperties(largest.subarray(0, MAX_XMP_BYTES))).toEqual({ id: '1' });
  expect(readXmpProperties(largest.subarray(0, MAX_XMP_BYTES + 1))).toBeUndefined();
});
