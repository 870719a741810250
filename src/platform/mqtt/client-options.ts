import type { LinkConfig } from '../config/schema.ts';
import { checkCertificates, readCertificates } from './certificate-files.ts';
import type { MqttClientOptions } from './connection.ts';
import { unguessableClientId } from './unguessable-client-id.ts';

export interface ClientIdentity {
  readonly clientId: string;
  /** False: the broker keeps subscriptions and undelivered messages while we are away. */
  readonly clean: boolean;
  /** How long, where the session is kept (MQTT 5). */
  readonly sessionExpirySeconds?: number;
  readonly will?: { readonly topic: string; readonly payload: Buffer };
}

/**
 * The session of a link that receives, as configured. Such a link must have the same id each time, and send nothing with QoS 2: what is
 * half sent when it is cut stays so in the session, and the broker counts it against what we may send.
 */
export function receivingSession({
  session,
  sessionExpirySeconds,
}: LinkConfig): Pick<ClientIdentity, 'clean' | 'sessionExpirySeconds'> {
  return session === 'clean' ? { clean: true } : { clean: false, sessionExpirySeconds };
}

/** Largest packet that we let a broker send us (MQTT 5): an image and its topic. */
const MAX_INBOUND_PACKET_BYTES = 33 * 2 ** 20;

/**
 * mqtt.js' options for one connection. Certificates are read anew each time, so that renewed ones are taken without a restart.
 * @throws UsageError when a certificate file can't be read or used.
 */
export function clientOptions(link: LinkConfig, identity: ClientIdentity, version: 4 | 5): MqttClientOptions {
  const { username, password } = link;
  const { clientId, clean, sessionExpirySeconds = 0, will } = identity;
  const certificates = readCertificates(link);
  checkCertificates(link, certificates);
  return {
    // A session that the broker keeps is found again by its id, also with a renewed key.
    clientId: clean ? unguessableClientId(clientId, certificates.key) : clientId,
    clean,
    keepalive: link.keepaliveSeconds,
    connectTimeout: 10_000,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...certificates,
    rejectUnauthorized: true,
    ...(will ? { will: { ...will, qos: 1, retain: true } } : {}),
    ...(version === 5
      ? {
          properties: {
            sessionExpiryInterval: clean ? 0 : sessionExpirySeconds,
            maximumPacketSize: MAX_INBOUND_PACKET_BYTES,
          },
        }
      : {}),
  };
}
