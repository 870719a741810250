import { readFileSync } from 'node:fs';
import type { LinkConfig } from '../config/schema.ts';
import { errorMessage, UsageError } from '../sightline-error.ts';
import type { MqttClientOptions } from './connection.ts';

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
 * @throws UsageError when a certificate file can't be read.
 */
export function clientOptions(link: LinkConfig, identity: ClientIdentity, version: 4 | 5): MqttClientOptions {
  const { username, password } = link;
  const { clientId, clean, sessionExpirySeconds = 0, will } = identity;
  return {
    clientId,
    clean,
    keepalive: link.keepaliveSeconds,
    connectTimeout: 10_000,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...readCertificates(link),
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

/** Reads the TLS files that are configured; called once at start too, so that a wrong path is told before anything runs. */
export function readCertificates(link: LinkConfig): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const files: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const field of ['ca', 'cert', 'key'] as const) {
    const path = link[field];
    if (path === undefined) continue;
    try {
      files[field] = readFileSync(path);
    } catch (cause) {
      throw new UsageError(
        `${field}: Expected a PEM file for ${new URL(link.broker).host}, got ${errorMessage(cause)}`,
      );
    }
  }
  return files;
}
