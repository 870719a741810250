import type { Connection } from './connection.ts';
import { ConnectError } from './link-errors.ts';

/** A connection under another id, to ask who is there. */
export interface Inquiry {
  publish(topic: string, payload: string): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  end(): Promise<void>;
}

/**
 * Subscribes to the topic. Undefined: there is no broker just now. It ends when the signal is aborted.
 * @throws ConnectError or LinkDownError when the broker does not let us ask.
 */
export async function openInquiry(
  topic: string,
  opening: Promise<Connection>,
  signal: AbortSignal,
): Promise<Inquiry | undefined> {
  const connection = await opening.catch((error: unknown) => {
    if (error instanceof ConnectError && error.reason.startsWith('connack')) throw error;
    return undefined;
  });
  if (!connection) return undefined;
  // A broker that lets us in and then says nothing must not keep us.
  const giveUp = () => void connection.end(true);
  signal.addEventListener('abort', giveUp, { once: true });
  void connection.ended.then(() => signal.removeEventListener('abort', giveUp));
  if (signal.aborted) giveUp();
  await connection.subscribe([{ filter: topic, qos: 0 }]).catch(async (error: unknown) => {
    await connection.end(true);
    throw error;
  });
  return {
    ended: connection.ended,
    publish: (to, payload) => connection.publish(to, payload, { qos: 0 }),
    end: () => connection.end(),
  };
}
