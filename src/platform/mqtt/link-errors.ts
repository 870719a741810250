import { systemErrorCode } from '../sightline-error.ts';

/** A message could not be handed over: there is no connection, it was cut, or the broker said no. Always worth another try. */
export class LinkDownError extends Error {
  override readonly name = 'LinkDownError';
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

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ECONNRESET: 'it reset the connection',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: name the CA with ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from a CA that is not trusted: name the CA with ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from a CA that is not trusted: name the CA with ca',
  CERT_HAS_EXPIRED: 'its certificate has expired (or the clock here is wrong)',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (the clock here may be wrong)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** A connection that did not come about. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** A short word for metrics: a system error code, `connack-<code>` or `closed`. */
  readonly reason: string;
  /** Would another version of MQTT perhaps be let in? */
  readonly isVersionRefused: boolean;

  constructor(cause: Error) {
    const connack = 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
    const code = systemErrorCode(cause) ?? aggregateCode(cause);
    const known =
      (connack === undefined ? undefined : CONNACK[connack]) ?? (code === undefined ? undefined : SYSTEM[code]);
    super(known ?? cause.message, { cause });
    this.reason = connack === undefined ? (code ?? 'closed') : `connack-${connack}`;
    this.isVersionRefused = connack === 1 || connack === 0x84 || (connack === undefined && code === undefined);
  }
}

/** Node tries every address of a name and wraps what each answered. */
function aggregateCode(error: Error): string | undefined {
  return error instanceof AggregateError ? systemErrorCode(error.errors[0]) : undefined;
}
