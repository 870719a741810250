import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts';
import { childrenNamed } from '../measuring/process-status.ts';

export interface Broker extends Mosquitto {
  readonly pid: number;
}

export interface BrokerOptions {
  /** Messages that a client may have unacknowledged: Mosquitto's own default is 20. */
  readonly inflight?: number;
  readonly lines?: readonly string[];
}

/** A Mosquitto with room for everything: only its speed is to count. Start one after the other. */
export async function startBroker({ inflight = 1000, lines = [] }: BrokerOptions = {}): Promise<Broker> {
  const before = new Set(ownMosquittos());
  const mosquitto = await startMosquitto({
    lines: ['max_queued_messages 1000000', `max_inflight_messages ${inflight}`, 'set_tcp_nodelay true', ...lines],
  });
  const pid = ownMosquittos().find((one) => !before.has(one)) ?? 0;
  return { ...mosquitto, pid };
}

function ownMosquittos(): number[] {
  return childrenNamed(process.pid)
    .filter(({ name }) => name === 'mosquitto')
    .map(({ pid }) => pid);
}
