import type { SpoolDesk } from '../../platform/desk/spool-desk.ts';
import { type LedgerEntry, type LedgerScope, SPOOL_STATES, type SpoolState } from '../../platform/spool/protocol.ts';
import { type Flags, usageFault } from '../flags.ts';
import { hourFlag } from '../hours.ts';

const PAGE_ROWS = 200;

/** Which captures of a spool an operator means. */
export interface Selection {
  /** Left out: those of the scope. */
  readonly ids?: readonly string[];
  readonly scope: LedgerScope;
  readonly states?: readonly SpoolState[];
}

export const SELECTION_FLAGS = {
  state: 'string',
  device: 'string',
  camera: 'string',
  from: 'string',
  to: 'string',
} as const;

/** @param withTimes False: the command has another meaning for --to. @throws UsageError */
export function readSelection(flags: Flags, withTimes = true): Selection {
  const [device, camera] = [flags.text('device'), flags.text('camera')];
  const fromHour = withTimes ? hourFlag('spool', 'from', flags.text('from')) : undefined;
  const toHour = withTimes ? hourFlag('spool', 'to', flags.text('to')) : undefined;
  const states = readStates(flags.text('state'));
  const ids = flags.positionals.slice(1);
  return {
    ...(ids.length > 0 ? { ids } : {}),
    ...(states ? { states } : {}),
    scope: {
      ...(device === undefined ? {} : { device }),
      ...(camera === undefined ? {} : { camera }),
      ...(fromHour === undefined ? {} : { fromHour }),
      ...(toHour === undefined ? {} : { toHour }),
    },
  };
}

/** The captures selected, in order of arrival; of ids in the order given. @throws UsageError for an id that the spool does not know. */
export async function* select(desk: SpoolDesk, { ids, scope, states }: Selection): AsyncIterable<LedgerEntry> {
  if (ids) {
    for (let at = 0; at < ids.length; at += PAGE_ROWS) yield* await byId(desk, ids.slice(at, at + PAGE_ROWS));
    return;
  }
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: Awaited<ReturnType<SpoolDesk['entries']>> = await desk.entries({
      ...scope,
      after,
      limit: PAGE_ROWS,
      ...(states ? { states } : {}),
    });
    yield* page.entries;
    after = page.next;
  }
}

async function byId(desk: SpoolDesk, ids: readonly string[]): Promise<LedgerEntry[]> {
  const { entries } = await desk.entries({ ids, limit: PAGE_ROWS });
  const found = new Map(entries.map((entry) => [entry.id, entry]));
  return ids.map((id) => {
    const entry = found.get(id);
    if (!entry) throw usageFault('spool', `Expected ids of captures in this spool, got ${JSON.stringify(id)}`);
    return entry;
  });
}

function readStates(text: string | undefined): SpoolState[] | undefined {
  if (text === undefined) return undefined;
  const isState = (word: string): word is SpoolState => (SPOOL_STATES as readonly string[]).includes(word);
  return text.split(',').map((word) => {
    if (isState(word)) return word;
    throw usageFault('spool', `--state: Expected some of ${SPOOL_STATES.join(', ')}, got ${JSON.stringify(word)}`);
  });
}
