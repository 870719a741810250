import type { CommandIo } from '../command.ts';
import type { AuditTotals, Finding, HourTotals } from './finding.ts';

const COLUMNS = ['captured', 'stored', 'pending', 'refused', 'evicted', 'released', 'objects'] as const;

export interface AuditReportOptions {
  readonly io: CommandIo;
  readonly isJson: boolean;
  /** Hours in the table, not days. */
  readonly isByHour: boolean;
  readonly ledger: string;
  readonly store: string;
}

/** Tells an audit as it goes: every finding is a line, and at the end come the sums. */
export class AuditReport {
  readonly #options: AuditReportOptions;
  readonly #counts = new Map<Finding['finding'], number>();

  constructor(options: AuditReportOptions) {
    this.#options = options;
  }

  get isBalanced(): boolean {
    return this.#counts.size === 0;
  }

  begin(range: string): void {
    const { io, isJson, ledger, store } = this.#options;
    if (!isJson) io.stdout(`ledger  ${ledger}\nstore   ${store}\nhours   ${range}\n\n`);
  }

  finding(finding: Finding): void {
    const { io, isJson } = this.#options;
    this.#counts.set(finding.finding, (this.#counts.get(finding.finding) ?? 0) + 1);
    io.stdout(isJson ? `${JSON.stringify(finding)}\n` : describeFinding(finding));
  }

  end(totals: AuditTotals): void {
    const { io, isJson, isByHour } = this.#options;
    if (isJson) io.stdout(this.#jsonLines(totals));
    else io.stdout(`${this.isBalanced ? '' : '\n'}${describeTable(totals.hours, isByHour)}${this.#sums(totals)}`);
  }

  #sums({ reasons, found, settled, unkept, verified }: AuditTotals): string {
    const isMore = found.size > 0;
    const lines = [
      ...(reasons.size > 0 ? [`reasons   ${describeCounts(reasons)}`] : []),
      ...(isMore
        ? [`in store  and not settled yet: ${describeCounts(found)}${settled > 0 ? '; the ledger was told' : ''}`]
        : []),
      ...(unkept > 0 ? [`unkept    ${unkept}: died in a detector's memory before anybody kept them`] : []),
      ...(verified > 0 ? [`verified  the bytes of ${verified} objects`] : []),
      this.isBalanced ? 'balances' : `does not balance: ${describeCounts(this.#counts)}`,
    ];
    return `\n${lines.join('\n')}\n`;
  }

  #jsonLines({ hours, reasons, found, settled, unkept, verified }: AuditTotals): string {
    const { ledger, store } = this.#options;
    const summary = {
      balances: this.isBalanced,
      findings: Object.fromEntries(this.#counts),
      ...sumOf(hours),
      reasons: Object.fromEntries(reasons),
      foundInStore: Object.fromEntries(found),
      settled,
      unkept,
      verified,
      ledger,
      store,
    };
    return [...hours.map((hour) => ({ hour })), { summary }].map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

function describeFinding({ finding, id, device, camera, hour, keys = [], detail }: Finding): string {
  const place = device === undefined ? '' : `  ${device}/${camera}${id === undefined && hour ? ` ${hour}` : ''}`;
  const lines = [
    `${finding.toUpperCase().padEnd(10)}  ${id ?? ''}${id === undefined ? place.trimStart() : place}: ${detail}`,
    ...keys.map((key) => `            ${key}`),
  ];
  return `${lines.join('\n')}\n`;
}

function describeTable(hours: readonly HourTotals[], isByHour: boolean): string {
  const periodOf = ({ hour }: HourTotals) => (isByHour ? hour : (hour.split('T')[0] ?? ''));
  const groups = Map.groupBy(hours, (hour) => `${hour.device}\t${hour.camera}\t${periodOf(hour)}`);
  const rows = [...groups].map(([name, group]) => [...name.split('\t'), ...numbers(group)]);
  const table = [
    ['device', 'camera', isByHour ? 'hour' : 'day', ...COLUMNS],
    ...rows,
    ...(rows.length > 1 ? [['all', '', '', ...numbers(hours)]] : []),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${table.map(line).join('\n')}\n`;
}

function numbers(hours: readonly HourTotals[]): string[] {
  return Object.values(sumOf(hours)).map(String);
}

function sumOf(hours: readonly HourTotals[]): Record<(typeof COLUMNS)[number], number> {
  const sums = { captured: 0, stored: 0, pending: 0, refused: 0, evicted: 0, released: 0, objects: 0 };
  for (const hour of hours) for (const column of COLUMNS) sums[column] += hour[column];
  return sums;
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}
