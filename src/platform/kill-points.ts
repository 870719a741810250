import { KILL_AT } from './config/kill-switch.ts';

/** Where a test may have a process die: each is an instant between an effect and what is said or noted of it. */
export const KILL_POINTS = [
  /** A capture is in the outbox, nothing was sent. */
  'detector/after-capture',
  /** The edge broker has acknowledged it, nobody has said `held`. */
  'detector/after-publish',
  /** A transaction that keeps captures is about to be committed. */
  'spool/before-commit',
  /** A body is written, the row that names it is not. */
  'spool/after-body',
  /** A transaction that keeps captures is on disk; nobody was told. */
  'spool/after-commit',
  /** A transaction that settles captures is on disk; the space of their bodies is not free yet. */
  'spool/after-settle',
  /** Some rows of an unreadable database were saved, others not. */
  'spool/during-salvage',
  /** Old rows were added to the counts and are not gone yet. */
  'spool/during-fold',
  /** `held` was handed to the edge broker. */
  'forwarder/after-held',
  /** A capture was read from the spool and is about to be sent. */
  'forwarder/before-send',
  /** It was written to the cloud broker's connection, which has not acknowledged it. */
  'forwarder/after-send',
  /** The cloud broker has acknowledged it; the spool does not say that it was sent. */
  'forwarder/after-puback',
  /** A receipt came from the cloud; the spool does not know of it. */
  'forwarder/after-receipt',
  /** A capture is judged and about to be stored. */
  'processor/before-put',
  /** The store has it; no receipt was made. */
  'processor/after-put',
  /** The cloud broker has acknowledged the receipt. */
  'processor/after-receipt',
  /** Half of an object's bytes are in the folder store's temporary file. */
  'store/during-temporary',
  /** The temporary file is complete and synced; it has no name yet. */
  'store/after-temporary',
  /** The object has its name; its folder is not synced. */
  'store/after-link',
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

export interface Armed {
  readonly at: KillPoint;
  /** Passes that are left until the end. */
  passes: number;
}

const armed = KILL_AT === undefined ? undefined : parseKillSwitch(KILL_AT);

/**
 * Ends this process as a power cut would (SIGKILL), at the n-th pass, when a test has asked for it; does nothing otherwise.
 * @param first done just before the end and only then: the half of an effect
 */
export function killPoint(name: KillPoint, first?: () => void): void {
  if (armed === undefined || armed.at !== name) return;
  armed.passes -= 1;
  if (armed.passes > 0) return;
  first?.();
  process.kill(process.pid, 'SIGKILL');
}

/** @throws RangeError for a name that is not in the list, or a pass that is no whole number from 1. */
export function parseKillSwitch(text: string): Armed {
  const [name, pass = '1', ...rest] = text.split(':');
  const at = KILL_POINTS.find((point) => point === name);
  const passes = Number(pass);
  if (at === undefined || rest.length > 0 || !Number.isSafeInteger(passes) || passes < 1) {
    throw new RangeError(`SIGHTLINE_TEST_KILL_AT: Expected a kill point and :<n-th pass>, got ${JSON.stringify(text)}`);
  }
  return { at, passes };
}
