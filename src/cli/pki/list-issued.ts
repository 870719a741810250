import { type Issued, stateOf } from './register.ts';

const DAY_MS = 86_400_000;
const COLUMNS = ['NAME', 'ROLE', 'VALID UNTIL', 'SERIAL'] as const;

/** A table for people: one certificate a line, oldest first. */
export function describeIssued(register: readonly Issued[], nowMs: number): string {
  if (register.length === 0) return 'nothing was issued yet\n';
  const rows = register.map((issued) => [issued.name, issued.role, describeEnd(issued, nowMs), issued.serial]);
  const widths = COLUMNS.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  return [COLUMNS, ...rows]
    .map(
      (row) =>
        `${row
          .map((text, index) => text.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One JSON object a line: what is in the register, and `state`. */
export function issuedAsJson(register: readonly Issued[], nowMs: number): string {
  return register.map((issued) => `${JSON.stringify({ ...issued, state: stateOf(issued, nowMs) })}\n`).join('');
}

/**
 * The newest certificate of each name that ends within so many days, or has ended: those to be renewed. What was revoked is not, nor is a
 * name whose newest is good for longer.
 */
export function expiring(register: readonly Issued[], days: number, nowMs: number): readonly Issued[] {
  const newest = new Map<string, Issued>();
  for (const issued of register) if (issued.revokedAt === undefined) newest.set(issued.name, issued);
  return [...newest.values()].filter(({ notAfter }) => Date.parse(notAfter) - nowMs < days * DAY_MS);
}

function describeEnd(issued: Issued, nowMs: number): string {
  const { notAfter, revokedAt } = issued;
  if (revokedAt !== undefined) return `revoked on ${day(revokedAt)}`;
  const days = Math.floor((Date.parse(notAfter) - nowMs) / DAY_MS);
  if (days < 0) return `${day(notAfter)} (expired)`;
  return `${day(notAfter)} (${days} ${days === 1 ? 'day' : 'days'})`;
}

function day(instant: string): string {
  return instant.slice(0, 10);
}
