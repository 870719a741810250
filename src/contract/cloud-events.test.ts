import { expect, it } from 'vitest';
import { captureProperties } from './cloud-events.ts';
import { sampleMetadata } from './fixtures/sample-metadata.ts';

it('mirrors a capture as a CloudEvents 1.0 event in binary mode', () => {
  const metadata = sampleMetadata();
  expect(captureProperties(metadata, 'jpeg')).toEqual({
    contentType: 'image/jpeg',
    userProperties: {
      specversion: '1.0',
      id: metadata.id,
      source: '/gate-3/door',
      type: 'dev.sightline.face.captured',
      time: metadata.capturedAt,
      traceparent: metadata.traceparent,
    },
  });
});

it('leaves out what is not known of a capture', () => {
  const { id, device, camera } = sampleMetadata();
  expect(captureProperties({ id, device, camera, capturedAt: undefined }, 'png').userProperties).toEqual({
    specversion: '1.0',
    id,
    source: '/gate-3/door',
    type: 'dev.sightline.face.captured',
  });
});

it('names attributes in lower-case letters and digits, as CloudEvents 1.0 §3 demands, and gives each a text', () => {
  for (const [name, value] of Object.entries(captureProperties(sampleMetadata(), 'png').userProperties)) {
    expect(name).toMatch(/^[a-z0-9]{1,20}$/);
    expect(value).toMatch(/./);
  }
});
