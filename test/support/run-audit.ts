import { auditCommand } from '../../src/cli/audit.ts';
import type { AuditedBooks } from './audited-books.ts';
import { runCommand } from './run-command.ts';

export interface AuditLine {
  readonly finding?: string;
  readonly id?: string;
  readonly keys?: readonly string[];
  readonly hour?: unknown;
  readonly summary?: Readonly<Record<string, unknown>>;
}

/** `sightline audit --json` on books that nobody has open. */
export async function runAudit(books: AuditedBooks, ...args: string[]) {
  await books.close();
  const given = ['--json', '--spool', books.spoolFolder, '--store', books.store, ...args];
  const { code, stdout } = await runCommand(auditCommand, ...given);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): AuditLine => JSON.parse(line));
  const findings = lines.filter(({ finding }) => finding !== undefined);
  const named = findings.map(({ finding, id }) => [finding, id]);
  return { code, findings, named, summary: lines.at(-1)?.summary ?? {} };
}
