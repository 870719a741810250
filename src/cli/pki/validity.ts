/** A clock that takes local time for UTC, or the other way round, is off by up to 14 hours. */
const SKEW_MS = 24 * 3_600_000;

/** From a day ago, for machines whose clock is behind, until so many years from now; in whole seconds, as certificates have them. */
export function lastingYears(nowMs: number, years: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = new Date(nowMs - SKEW_MS);
  notBefore.setUTCMilliseconds(0);
  const notAfter = new Date(nowMs);
  notAfter.setUTCMilliseconds(0);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  return { notBefore, notAfter };
}
