import { NETWORK_FAULTS, UNTRUSTED_CERTIFICATE_CODES } from '../network-fault.ts';
import { systemErrorCode } from '../sightline-error.ts';
import { tlsAlertOf } from './tls-alert.ts';

/** A message could not be handed over: there is no connection, it was cut, or the broker said no. Always worth another try. */
export class LinkDownError extends Error {
  override readonly name: string = 'LinkDownError';
}

/** A message that this broker would hang up on: nothing was sent, and the connection stands. Another broker may take it. */
export class UnsendableError extends LinkDownError {
  override readonly name = 'UnsendableError';
}

/** MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2: what a CONNACK's code means. */
const CONNACK: Readonly<Record<number, string>> = {
  1: 'the broker does not speak this MQTT version',
  2: 'the broker refused the client id',
  3: 'the broker is not available',
  4: 'the broker refused the user name or password',
  5: 'the broker refused: not authorized',
  132: 'the broker does not speak this MQTT version',
  133: 'the broker refused the client id',
  134: 'the broker refused the user name or password',
  135: 'the broker refused: not authorized',
  136: 'the broker is not available',
  137: 'the broker is busy',
  138: 'the broker has banned this client',
};

/** In words, with what to do about a CA that is not trusted. */
function describeCode(code: string): string | undefined {
  if (UNTRUSTED_CERTIFICATE_CODES.has(code))
    return 'its certificate comes from a CA that is not trusted: name the CA with ca';
  return NETWORK_FAULTS[code];
}

/** A connection that did not come about. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** A short word for metrics: a system error code, `tls-<alert>`, `connack-<code>` or `closed`. */
  readonly reason: string;
  /** Would another version of MQTT perhaps be let in? */
  readonly isVersionRefused: boolean;

  constructor(cause: Error) {
    const connack = 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
    const code = systemErrorCode(cause) ?? aggregateCode(cause);
    const alert = tlsAlertOf(cause);
    const known =
      alert?.detail ??
      (connack === undefined ? undefined : CONNACK[connack]) ??
      (code === undefined ? undefined : describeCode(code));
    super(known ?? cause.message, { cause });
    this.reason = alert?.reason ?? (connack === undefined ? (code ?? 'closed') : `connack-${connack}`);
    this.isVersionRefused = connack === 1 || connack === 0x84 || (connack === undefined && code === undefined);
  }
}

/** Node tries every address of a name and wraps what each answered. */
function aggregateCode(error: Error): string | undefined {
  return error instanceof AggregateError ? systemErrorCode(error.errors[0]) : undefined;
}
