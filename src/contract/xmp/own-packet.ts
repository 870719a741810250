import { SIGHTLINE_NAMESPACE, SIGHTLINE_PREFIX } from './xmp-namespace.ts';

/** Marks the packet for programs that scan a file for it (XMP specification part 1 §7.3.2). */
const PACKET_ID = 'W5M0MpCehiHzreSzNTczkc9d';

/**
 * The frame of the packets that our writer makes, between which only texts differ. A reader that finds it knows how all else
 * is spelt; so writer and strict reader both take it from here.
 */
export const OWN_PACKET = {
  start: [
    `<?xpacket begin="\uFEFF" id="${PACKET_ID}"?>`,
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:${SIGHTLINE_PREFIX}="${SIGHTLINE_NAMESPACE}">`,
    '<xmp:CreateDate>',
  ].join('\n'),
  afterDate: '</xmp:CreateDate>\n<xmp:CreatorTool>',
  afterTool: '</xmp:CreatorTool>\n',
  end: '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>',
  structure: ' rdf:parseType="Resource"',
} as const;
