import { Random } from '../support/random.ts';
import { VirtualTime } from './virtual-time.ts';

/** A capture or a bare image, as far as the protocol looks at it. */
export interface Image {
  /** Of a bare image, given by the forwarder. */
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly quality: number;
  /** No image at all: every keeper of every version refuses it. */
  readonly isBad: boolean;
}

export interface Receipt {
  readonly state: 'held' | 'stored' | 'refused';
  readonly captures: readonly (readonly [id: string, sha256: string])[];
  readonly by: string;
  readonly reason?: string;
}

export type Message =
  | { readonly topic: 'captures' | 'bare'; readonly image: Image; readonly isRetained: false; readonly bytes: number }
  | { readonly topic: 'receipts'; readonly receipt: Receipt; readonly isRetained: boolean; readonly bytes: number };

/** Breakages that a run may be given, one at a time: each must be found. */
export const BREAKAGES = [
  'held before the commit',
  'every repeat is an object of its own',
  'a repeat is never compared',
  'receipts are believed by id alone',
  'receipts from itself are believed',
  'retained receipts are believed',
  'a bare image is acknowledged before the commit',
  'a bare image is known by no hash',
  'the oldest is always the probe',
  'what is cut three times is refused',
  'the window counts acknowledgements',
  'nothing is sent again',
  'evicted without a tombstone',
  'a full disk evicts everything',
  'a full empty disk is answered with held',
  'what was folded is counted again',
  'good bytes do not heal a damaged row',
  'a late stored is passed over',
  'the newer of two conflicting is kept',
  'stored before the store has it',
] as const;
export type Breakage = (typeof BREAKAGES)[number];

/** What is known from above, and no service may look at: time, chance, faults, and what was promised. */
export class World {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly breakage: Breakage | undefined;
  /** Whether anything fails. Services that are down come back. */
  isFaulty = true;
  faults = 0;
  /** Every image that a durable keeper took, by id and hash. */
  readonly promised = new Map<string, Image>();
  /** Every id that was committed by the forwarder. */
  readonly committed = new Set<string>();
  readonly damaged = new Set<string>();
  /** Of these a receipt of the store reached the spool. */
  readonly saidStored = new Set<string>();
  /** Bytes that came once more after they were damaged in the spool. */
  readonly cameAgain = new Set<string>();
  /** Left the outbox because it was full: counted there. */
  readonly shed = new Set<string>();
  /** How custody of those stood that are counts alone by now. */
  readonly foldedAs = new Map<string, string>();
  sends = 0;

  constructor(seed: number, breakage?: Breakage) {
    this.random = new Random(seed);
    this.breakage = breakage;
  }

  isBroken(breakage: Breakage): boolean {
    return this.breakage === breakage;
  }

  promise(image: Image): void {
    this.promised.set(key(image), image);
  }

  /** Something goes wrong now and then, while things do. */
  fails(probability: number): boolean {
    const fails = this.isFaulty && this.random.chance(probability);
    if (fails) this.faults += 1;
    return fails;
  }

  async delay(fromMs: number, toMs: number): Promise<void> {
    await new Promise<void>((resolve) => this.time.after(this.random.between(fromMs, toMs), resolve));
  }
}

export function key({ id, sha256 }: Pick<Image, 'id' | 'sha256'>): string {
  return `${id} ${sha256}`;
}
