import type { CaptureMetadata } from '../metadata.ts';
import { SIGHTLINE_NAMESPACE, SIGHTLINE_PREFIX } from './xmp-namespace.ts';

/** Marks the packet for programs that scan a file for it (XMP specification part 1 §7.3.2). */
const PACKET_ID = 'W5M0MpCehiHzreSzNTczkc9d';

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value | undefined };

/**
 * The metadata as an XMP packet (ISO 16684-1): a property for each field, structures as structures, points as "x y",
 * and CreateDate and CreatorTool of the xmp schema, which every photo program shows.
 */
export function encodeXmp(metadata: CaptureMetadata): Buffer {
  const { landmarks, ...fields } = metadata;
  const properties: Value = { ...fields, landmarks: landmarks.map(([x, y]) => `${x} ${y}`) };
  return Buffer.from(
    [
      `<?xpacket begin="\uFEFF" id="${PACKET_ID}"?>`,
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
      `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:${SIGHTLINE_PREFIX}="${SIGHTLINE_NAMESPACE}">`,
      `<xmp:CreateDate>${metadata.capturedAt}</xmp:CreateDate>`,
      `<xmp:CreatorTool>${escapeXml(metadata.software)}</xmp:CreatorTool>`,
      ...encodeFields(properties),
      '</rdf:Description></rdf:RDF></x:xmpmeta>',
      '<?xpacket end="r"?>',
    ].join('\n'),
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
    return `<${tag} rdf:parseType="Resource">${fields}</${tag}>`;
  }
  return `<${tag}>${escapeXml(String(value))}</${tag}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
