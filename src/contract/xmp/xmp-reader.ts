import { XMLParser } from 'fast-xml-parser';
import { MAX_XMP_BYTES } from '../limits.ts';
import { readOwnPacket } from './own-packet-reader.ts';
import { decodeEntities } from './xml-entities.ts';
import { SIGHTLINE_NAMESPACE } from './xmp-namespace.ts';
import type { XmpProperties, XmpValue } from './xmp-value.ts';

// Entities are left to us: a document type from outside must not define any.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/**
 * The properties of the Sightline namespace in an XMP packet from outside, whatever prefix it is bound to and in whichever of
 * RDF's notations they are written (elements, attributes, nested descriptions): photo programs rewrite packets in their own.
 * Returns undefined when there are none, or the packet is no XML that we would read.
 */
export function readXmpProperties(packet: Buffer): XmpProperties | undefined {
  if (packet.length > MAX_XMP_BYTES) return undefined;
  return readOwnPacket(packet) ?? readAnyPacket(packet.toString('utf8'));
}

/** As readXmpProperties, by a parser of XML, which is for packets that others wrote; takes no more than MAX_XMP_BYTES. */
export function readAnyPacket(text: string): XmpProperties | undefined {
  if (!text || /<!doctype/i.test(text)) return undefined;
  let tree: unknown;
  try {
    tree = parser.parse(text);
  } catch {
    return undefined;
  }
  const meta = child(tree, 'x:xmpmeta') ?? tree;
  const rdf = child(meta, 'rdf:RDF');
  const properties: Record<string, XmpValue> = Object.create(null);
  for (const description of asArray(child(rdf, 'rdf:Description'))) {
    const prefix = [meta, rdf, description].map(boundPrefix).findLast((found) => found !== undefined);
    if (prefix !== undefined) Object.assign(properties, readFields(description, `${prefix}:`));
  }
  return Object.keys(properties).length > 0 ? properties : undefined;
}

function boundPrefix(node: unknown): string | undefined {
  const bound = entries(node).find(([name, value]) => name.startsWith('@xmlns:') && value === SIGHTLINE_NAMESPACE);
  return bound?.[0].slice('@xmlns:'.length);
}

function readFields(node: unknown, prefix: string): Record<string, XmpValue> {
  // No prototype: a property may be called __proto__.
  const fields: Record<string, XmpValue> = Object.create(null);
  for (const [name, value] of entries(node)) {
    const tag = name.startsWith('@') ? name.slice(1) : name;
    if (tag.startsWith(prefix)) fields[tag.slice(prefix.length)] = readValue(value, prefix);
  }
  return fields;
}

function readValue(node: unknown, prefix: string): XmpValue {
  if (typeof node === 'string') return decodeEntities(node);
  const text = child(node, '#text');
  if (typeof text === 'string') return decodeEntities(text);
  const list = child(node, 'rdf:Seq') ?? child(node, 'rdf:Bag') ?? child(node, 'rdf:Alt');
  if (list !== undefined) return asArray(child(list, 'rdf:li')).map((item) => readValue(item, prefix));
  return readFields(child(node, 'rdf:Description') ?? node, prefix);
}

function entries(node: unknown): [string, unknown][] {
  return node !== null && typeof node === 'object' ? Object.entries(node) : [];
}

function child(node: unknown, name: string): unknown {
  return node !== null && typeof node === 'object' && Object.hasOwn(node, name)
    ? (node as Record<string, unknown>)[name]
    : undefined;
}

function asArray(node: unknown): readonly unknown[] {
  return Array.isArray(node) ? node : node === undefined || node === '' ? [] : [node];
}
