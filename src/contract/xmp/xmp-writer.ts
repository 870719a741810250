import type { CaptureMetadata } from '../metadata.ts';
import { OWN_PACKET } from './own-packet.ts';
import { SIGHTLINE_PREFIX } from './xmp-namespace.ts';

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value | undefined };

/**
 * The metadata as an XMP packet (ISO 16684-1): a property for each field, structures as structures, points as "x y",
 * and CreateDate and CreatorTool of the xmp schema, which every photo program shows.
 */
export function encodeXmp(metadata: CaptureMetadata): Buffer {
  const { landmarks, ...fields } = metadata;
  const properties: Value = { ...fields, landmarks: landmarks.map(([x, y]) => `${x} ${y}`) };
  const { start, afterDate, afterTool, end } = OWN_PACKET;
  const fieldLines = encodeFields(properties).map((field) => `${field}\n`);
  return Buffer.from(
    [start, metadata.capturedAt, afterDate, escapeXml(metadata.software), afterTool, ...fieldLines, end].join(''),
  );
}

function encodeFields(fields: { readonly [name: string]: Value | undefined }): string[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : encodeField(name, value)));
}

function encodeField(name: string, value: Value): string {
  const tag = `${SIGHTLINE_PREFIX}:${name}`;
  if (Array.isArray(value)) {
    const items = value.map((item) => `<rdf:li>${escapeXml(String(item))}</rdf:li>`).join('');
    return `<${tag}><rdf:Seq>${items}</rdf:Seq></${tag}>`;
  }
  if (typeof value === 'object') {
    const fields = encodeFields(value as { readonly [name: string]: Value | undefined }).join('');
    return `<${tag}${OWN_PACKET.structure}>${fields}</${tag}>`;
  }
  return `<${tag}>${escapeXml(String(value))}</${tag}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
