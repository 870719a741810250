import { expect, it } from 'vitest';
import { readMetadata } from '../../../src/contract/capture-metadata.ts';
import { judge } from '../../../src/contract/judge.ts';
import { captureTopic, DEFAULT_PREFIX } from '../../../src/contract/topics.ts';
import { captureMould, writeCaptureId } from './capture-mould.ts';
import { loadId, readLoadId } from './load-id.ts';

it.each([3_000, 20_000, 40_000])(
  'makes captures of %i bytes that every keeper takes, each with its own id',
  async (bytes) => {
    const mould = await captureMould(bytes, 'bench', 'door');
    const slab = Buffer.concat([Buffer.alloc(5), mould.bytes, mould.bytes]);
    for (const [seq, start] of [5, 5 + bytes].entries()) {
      const id = loadId(Date.now(), 4095, seq);
      writeCaptureId(mould, slab, start, id);
      const capture = slab.subarray(start, start + bytes);
      expect(readMetadata(capture)?.id).toBe(id);
      const topic = captureTopic(DEFAULT_PREFIX, { device: 'bench', camera: 'door', id });
      expect((await judge(DEFAULT_PREFIX, topic, capture)).address?.id).toBe(id);
    }
  },
);

it('reads from an id what was written into it', () => {
  const facts = { atMs: 1_795_278_226_326, generator: 1_000, seq: 123_456_789 };
  expect(readLoadId(loadId(facts.atMs, facts.generator, facts.seq))).toEqual(facts);
});
