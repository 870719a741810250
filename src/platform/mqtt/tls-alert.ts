/** What a broker has against a client's side of TLS. */
export interface TlsAlert {
  /** A short word for metrics. */
  readonly reason: string;
  /** For people. */
  readonly detail: string;
}

/** RFC 8446 §6.2 and RFC 5246 §7.2.2; what a broker checks by its own clock and lists. */
const ALERTS: Readonly<Record<number, TlsAlert>> = {
  // What TLS 1.2 says where a certificate is required and none was given; other things say it too.
  40: {
    reason: 'tls-handshake-failure',
    detail: 'the broker refused the TLS handshake: does it ask for a client certificate (cert, key)?',
  },
  42: {
    reason: 'tls-bad-certificate',
    detail: "the broker refused this client's certificate: damaged, or not valid yet by the broker's clock",
  },
  43: {
    reason: 'tls-unsupported-certificate',
    detail: "the broker refused this client's certificate: not one for clients",
  },
  44: { reason: 'tls-certificate-revoked', detail: "the broker refused this client's certificate: revoked" },
  45: {
    reason: 'tls-certificate-expired',
    detail: "the broker refused this client's certificate: expired by the broker's clock, or its revocation list is",
  },
  46: {
    reason: 'tls-certificate-unknown',
    detail: "the broker refused this client's certificate, and does not say why",
  },
  48: {
    reason: 'tls-unknown-ca',
    detail: "the broker refused this client's certificate: it does not know the CA that signed it",
  },
  51: { reason: 'tls-decrypt-error', detail: "the broker refused this client's certificate: its signature is wrong" },
  70: { reason: 'tls-protocol-version', detail: 'the broker does not speak this version of TLS' },
  112: { reason: 'tls-unrecognized-name', detail: 'the broker does not go by this host name' },
  116: {
    reason: 'tls-certificate-required',
    detail: 'the broker asks for a client certificate: give one with cert and key',
  },
};

/** The alert that ended a connection, if one did. With TLS 1.3 it comes after the handshake, in answer to CONNECT. */
export function tlsAlertOf(error: Error): TlsAlert | undefined {
  // Node gives it a code of its own with TLS 1.3, and EPROTO with 1.2; the number is in both texts.
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return number === undefined ? undefined : ALERTS[Number(number)];
}
