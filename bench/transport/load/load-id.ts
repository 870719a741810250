/**
 * Ids of captures that tell at once which generator made them, when, and as which: UUIDv7s whose random bits count.
 *
 * @param generator 0–4095.
 */
export function loadId(atMs: number, generator: number, seq: number): string {
  const time = hex(atMs, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(generator, 3)}-8000-${hex(seq, 12)}`;
}

export interface LoadIdFacts {
  /** When it was made, Unix milliseconds. */
  readonly atMs: number;
  readonly generator: number;
  readonly seq: number;
}

/** @param id of a capture that a generator made; nothing is checked. */
export function readLoadId(id: string): LoadIdFacts {
  return {
    atMs: Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16),
    generator: Number.parseInt(id.slice(15, 18), 16),
    seq: Number.parseInt(id.slice(24), 16),
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
