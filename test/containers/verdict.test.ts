import { describe, expect, it } from 'vitest';
import { faultsOf, type StoredCapture } from './site/verdict.ts';

const stored = (seq: number, changes: Partial<StoredCapture> = {}): StoredCapture => ({
  key: `site/device=gate-3/camera=door/dt=2026-11-21/hh=17/${seq}.png`,
  id: `id-${seq}`,
  sha256: `hash-${seq}`,
  device: 'gate-3',
  camera: 'door',
  run: 'one',
  seq,
  takenAtMs: 0,
  ...changes,
});
const three = [stored(0), stored(1), stored(2)];
const seen = new Map(three.map(({ id, sha256 }) => [id, sha256]));

/** The judge of the proof is put to the test too; this takes no engine. */
describe('the judge of a bucket', () => {
  it('finds nothing where all is there once', () => {
    expect(faultsOf(three, seen)).toEqual([]);
  });

  it('finds what went by at the edge and is not there', () => {
    expect(faultsOf(three.slice(0, 2), seen)).toEqual([expect.stringContaining('lost: id-2')]);
  });

  it('finds what nobody saw at the edge, and a number in the life of a detector tells of', () => {
    expect(faultsOf([stored(0), stored(2)], new Map())).toEqual(['lost: number 1 of 2 of run one']);
    expect(faultsOf([stored(0), stored(0, { id: 'other', run: 'two', key: 'k' })], new Map())).toEqual([]);
  });

  it('finds what is there twice, and what has other bytes', () => {
    expect(faultsOf([...three, stored(2, { key: 'again' })], seen)).toEqual(['twice: again']);
    expect(faultsOf([...three.slice(0, 2), stored(2, { sha256: 'other' })], seen)).toEqual([
      expect.stringContaining('other bytes'),
    ]);
  });
});
