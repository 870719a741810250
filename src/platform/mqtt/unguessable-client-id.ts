import { createHash } from 'node:crypto';

/**
 * A client id that no other device can guess. A broker closes a connection when somebody else connects with its id, and to most brokers any
 * client may claim any id: with a name that follows from the device's, one bad device could keep all others away. The mark comes from the
 * private key, so that two services with one key still have one id and notice each other.
 *
 * An id whose session the broker keeps must outlast the key: its mark comes from another secret.
 *
 * @param secret the PEM file of the client certificate's key, or what else nobody but its like knows; without one the id stays as it is
 */
export function unguessableClientId(clientId: string, secret: Buffer | string | undefined): string {
  if (secret === undefined) return clientId;
  const mark = createHash('sha256').update('sightline client id').update(secret).digest('hex').slice(0, 16);
  return `${clientId}-${mark}`;
}
