import { setTimeout as sleep } from 'node:timers/promises';
import { deviceTopic } from '../../contract/topics.ts';
import type { LinkConfig } from '../../platform/config/schema.ts';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';
import { addressOf } from '../doctor/broker-address.ts';
import { BrokerSession } from '../doctor/broker-session.ts';
import { Roster } from './roster.ts';

/** After so many looks without a word, a second, everything that the broker had retained is there. */
const QUIET_LOOKS = 20;
const LOOK_EVERY_MS = 50;
/** Filters in one request. */
const MAX_FILTERS = 100;

export interface FleetBroker {
  readonly link: LinkConfig;
  readonly prefix: string;
}

/**
 * Connects to the cloud broker as an operator.
 * @throws SightlineError when it can't be reached.
 */
export async function openFleetSession(
  { link }: FleetBroker,
  onMessage: ConstructorParameters<typeof BrokerSession>[0]['onMessage'],
  signal: AbortSignal,
): Promise<{ readonly session: BrokerSession; readonly lost: Promise<never> }> {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  // Whoever waits for something races with it; who doesn't need not know.
  lost.catch(() => undefined);
  const fault = (reason: string) =>
    new SightlineError(`Expected the cloud broker ${addressOf(link)}, got: ${reason}`, {
      hint: 'Give the broker that the devices are connected to with cloud.broker or --cloud-broker, and an operator’s certificate or login.',
      exitCode: EXIT_CODES.environment,
    });
  const session = new BrokerSession({
    link,
    name: 'fleet',
    onMessage,
    onLost: () => reject(fault('the connection ended')),
  });
  await session.start(signal).catch((error: unknown) => {
    throw error instanceof SightlineError || signal.aborted ? error : fault(errorMessage(error));
  });
  return { session, lost };
}

/**
 * Reads what the broker has of every device: status and stats that they left there. Ends as soon as all has come, or after `waitMs`
 * where a device is there and has told nothing of itself yet.
 * @throws SightlineError when the broker can't be reached, or lets us read nothing.
 */
export async function callRoll(broker: FleetBroker, waitMs: number, signal: AbortSignal): Promise<Roster> {
  const roster = new Roster(broker.prefix);
  const deadline = performance.now() + waitMs;
  const { session, lost } = await openFleetSession(broker, (message) => roster.receive(message), signal);
  const subscribe = async (filters: readonly string[]) => Promise.race([session.subscribe(filters, 0), lost]);
  const settle = async (isDone: () => boolean) => Promise.race([settled(roster, isDone, signal), lost]);
  try {
    const filters = (['status', 'stats'] as const).map((channel) => deviceTopic(broker.prefix, '+', channel));
    if (!(await subscribe(filters)))
      throw new SightlineError(`Expected ${addressOf(broker.link)} to let us read ${filters.join(' and ')}, got a no`, {
        hint: 'Connect with a certificate or login that may read the whole prefix: an operator’s.',
        exitCode: EXIT_CODES.environment,
      });
    await settle(() => true);
    // A broker drops what a slow line can't take at once; each device's own it sends again.
    const missing = roster.halfKnown.flatMap((name) =>
      (['status', 'stats'] as const).map((channel) => deviceTopic(broker.prefix, name, channel)),
    );
    for (let at = 0; at < missing.length; at += MAX_FILTERS) await subscribe(missing.slice(at, at + MAX_FILTERS));
    if (missing.length > 0) await settle(() => !roster.isAwaited || performance.now() > deadline);
    return roster;
  } finally {
    await session.stop();
  }
}

/**
 * Resolves when nothing came for a while and it is done. Looks are counted, not seconds: in a process that had to stand still nothing
 * is read, and that is no silence of the broker.
 * @throws the signal's reason
 */
async function settled(roster: Roster, isDone: () => boolean, signal: AbortSignal): Promise<void> {
  let messages = roster.messages;
  for (let quietLooks = 0; quietLooks < QUIET_LOOKS || !isDone(); quietLooks += 1) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    if (roster.messages === messages) continue;
    messages = roster.messages;
    quietLooks = -1;
  }
}
