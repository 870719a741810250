import { expect, it } from 'vitest';
import { sampleMetadata } from '../fixtures/sample-metadata.ts';
import { MAX_XMP_BYTES } from '../limits.ts';
import { readXmpProperties } from './xmp-reader.ts';
import { encodeXmp } from './xmp-writer.ts';

it('writes each field as the text that its reader gives back', () => {
  const metadata = sampleMetadata();
  const { landmarks, ...fields } = metadata;
  const texts = JSON.parse(JSON.stringify(fields), (_, value) => (typeof value === 'object' ? value : String(value)));
  expect(readXmpProperties(encodeXmp(metadata))).toEqual({
    ...texts,
    landmarks: ['420.5 40', '470 41.25', '445.0625 -1e-7'],
  });
});

it('leaves a visit out that there is not', () => {
  const { visit: _, ...metadata } = sampleMetadata();
  expect(readXmpProperties(encodeXmp(metadata))).not.toHaveProperty('visit');
});

it('begins and ends as programs that scan for packets expect it, and shows date and tool in the usual place', () => {
  const text = encodeXmp(sampleMetadata()).toString('utf8');
  expect(text).toMatch(/^<\?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"\?>\n/);
  expect(text).toMatch(/<\?xpacket end="r"\?>$/);
  expect(text).toContain('<xmp:CreateDate>2025-07-18T23:59:59.968Z</xmp:CreateDate>');
  expect(text).toContain('<xmp:CreatorTool>sightline 0.1.0 ]]&gt; &amp;amp; 顔</xmp:CreatorTool>');
});

it('stays far below the limit with 68 landmarks and texts as long as they may be', () => {
  const long = '&'.repeat(200);
  const packet = encodeXmp(
    sampleMetadata({
      landmarks: Array.from({ length: 68 }, () => [1234.56789012345, -1234.56789012345]),
      software: long,
      run: long,
      model: { name: long, sha256: long },
    }),
  );
  expect(packet.length).toBeLessThan(MAX_XMP_BYTES / 4);
});
