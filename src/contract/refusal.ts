/**
 * Why a capture is refused: a closed list. Each is a function of topic, bytes and the limits of this folder alone;
 * faults of the environment (a store that says 403, a full disk, a decoder out of memory) are never among them.
 */
export const REFUSAL_REASONS = [
  'not-an-image',
  'too-large',
  'too-many-pixels',
  'damaged',
  'bad-topic',
  'not-a-uuidv7',
  'metadata-disagrees',
  'conflict',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Something from outside that may not become a capture. The detail is for people; it never holds image bytes. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
