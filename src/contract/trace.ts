/**
 * The trace of a capture (W3C Trace Context §3.2.2.3): its own id, so that every service can name it, also where the metadata can't be
 * read. Log lines about one capture carry it as `traceId`.
 */
export function traceIdOf(captureId: string): string {
  return captureId.replaceAll('-', '');
}
