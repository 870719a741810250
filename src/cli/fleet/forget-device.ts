import { setTimeout as sleep } from 'node:timers/promises';
import { deviceTopic } from '../../contract/topics.ts';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';
import { type FleetBroker, openFleetSession } from './call-roll.ts';

/** What the broker has retained comes right after the subscription. */
const LISTEN_MS = 1_000;
/** That it is cleared comes back to us who listen. */
const ECHO_MS = 5_000;

/**
 * Clears what a device has left on the cloud broker: it is on no list any more. Besides its status and stats that is whatever it had
 * retained there, though it never should: images above all, which fill the broker's memory.
 * @returns how many topics held something of it
 * @throws SightlineError where it is connected, as it would tell again; or where the broker does not let us.
 */
export async function forgetDevice(broker: FleetBroker, name: string, signal: AbortSignal): Promise<number> {
  const status = deviceTopic(broker.prefix, name, 'status');
  const held = new Set<string>();
  let isOnline = false;
  const { session, lost: cut } = await openFleetSession(
    broker,
    ({ topic, payload, retain }) => {
      if (topic === status) isOnline = payload.toString() === 'online';
      if (payload.length === 0) held.delete(topic);
      // The rest is on its way to somebody.
      else if (retain || topic === status) held.add(topic);
    },
    signal,
  );
  const lost = cut.catch(() => {
    throw new SightlineError(`Expected the broker to tell what ${name} has left there, got: the connection ended`, {
      hint: `It may be more than the broker's memory lets it send: \`deploy/cloud/run.sh revoke ${name} --clear\` empties the broker (by hand: stop it, remove mosquitto.db, start it).`,
      exitCode: EXIT_CODES.environment,
    });
  });
  lost.catch(() => undefined);
  try {
    await Promise.race([session.subscribe([`${broker.prefix}/${name}/#`]), lost]);
    // Images take longer than words.
    for (let known = -1; known !== held.size; ) {
      known = held.size;
      await Promise.race([sleep(LISTEN_MS, undefined, { signal }), lost]);
    }
    if (isOnline)
      throw new SightlineError(
        `Expected ${name} to be away, got a device that is connected: it would tell of itself again`,
        {
          hint: `Revoke its certificate or switch it off first: \`sightline pki revoke ${name}\`.`,
          exitCode: EXIT_CODES.environment,
        },
      );
    const cleared = held.size;
    for (const topic of [...held])
      await session.publish(topic, Buffer.alloc(0), { qos: 1, retain: true }).catch((error: unknown) => {
        throw refusal(topic, errorMessage(error));
      });
    for (let waitedMs = 0; held.size > 0 && waitedMs < ECHO_MS; waitedMs += 50)
      await Promise.race([sleep(50, undefined, { signal }), lost]);
    for (const topic of held) throw refusal(topic, 'it is still there');
    return cleared;
  } finally {
    await session.stop();
  }
}

function refusal(topic: string, reason: string): SightlineError {
  return new SightlineError(`Expected the broker to let us clear ${topic}, got: ${reason}`, {
    hint: 'Its access rules must let this user publish there: an operator may.',
    exitCode: EXIT_CODES.environment,
  });
}
