/**
 * Limits that decide whether something is refused. They are the same in every version and on every machine, because a
 * refusal must be a pure function of topic and bytes: two processors may never disagree about one capture.
 */
export const MAX_IMAGE_BYTES = 32 * 1024 * 1024;
export const MAX_IMAGE_PIXELS = 100_000_000;
/** What one segment of a JPEG holds (Adobe XMP specification part 3 §1.1.3): every format then carries the same packets. */
export const MAX_XMP_BYTES = 65_502;
/** A prefix, four levels and two separators fit well into this; MQTT itself allows 65,535 bytes. */
export const MAX_TOPIC_BYTES = 512;
export const MAX_RECEIPT_BYTES = 64 * 1024;
export const MAX_RECEIPT_CAPTURES = 100;
