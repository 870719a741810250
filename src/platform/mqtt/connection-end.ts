import { NETWORK_FAULTS } from '../network-fault.ts';
import { systemErrorCode } from '../sightline-error.ts';
import { tlsAlertOf } from './tls-alert.ts';

/** Why a connection ended: a closed list, for metrics. */
export type EndReason =
  /** Silence for longer than the keepalive allows, found here or (MQTT 5) by the broker. */
  | 'keepalive'
  /** Another client came with our id. On 3.1.1 that looks like `closed-by-broker` or `reset`. */
  | 'taken-over'
  | 'closed-by-broker'
  | 'reset'
  | 'network'
  | 'broker-shutdown'
  | 'broker-busy'
  | 'not-authorized'
  | 'packet-too-large'
  | 'quota'
  | 'receive-maximum'
  | 'protocol'
  /** A message could not be handled here: cut, so that the broker delivers it again. */
  | 'handler'
  /** A service asked for a fresh connection. */
  | 'given-up'
  /** We said goodbye. */
  | 'left';

export interface ConnectionEnd {
  readonly reason: EndReason;
  /** For people. */
  readonly detail: string;
}

/** What it is when nobody said anything. */
export const CLOSED_BY_BROKER: ConnectionEnd = {
  reason: 'closed-by-broker',
  detail: 'the broker closed the connection',
};

/** MQTT 5 §3.14.2.1. The rest of the list are things that a client did wrong. */
const DISCONNECTS: Readonly<Record<number, EndReason>> = {
  135: 'not-authorized',
  137: 'broker-busy',
  139: 'broker-shutdown',
  141: 'keepalive',
  142: 'taken-over',
  147: 'receive-maximum',
  149: 'packet-too-large',
  150: 'quota',
  151: 'quota',
  152: 'not-authorized',
  156: 'broker-shutdown',
  157: 'broker-shutdown',
  159: 'quota',
  160: 'broker-shutdown',
};

/** The end by an MQTT 5 DISCONNECT from the broker. */
export function endOfDisconnect(code = 0): ConnectionEnd {
  return {
    reason: code === 0 ? 'closed-by-broker' : (DISCONNECTS[code] ?? 'protocol'),
    detail: `the broker sent DISCONNECT ${code}`,
  };
}

/** The end by an error of the socket (which has a system's code) or of mqtt.js (an MQTT reason code, or none). */
export function endOfError(error: Error): ConnectionEnd {
  const code = systemErrorCode(error);
  if (code !== undefined)
    return {
      reason: code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'network',
      detail: tlsAlertOf(error)?.detail ?? NETWORK_FAULTS[code] ?? error.message,
    };
  const mqttCode = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  return { reason: DISCONNECTS[mqttCode ?? 0] ?? 'protocol', detail: error.message };
}
