import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { PkiFolder } from '../../../test/support/pki-folder.ts';
import { configSchema } from '../config/schema.ts';
import { clientOptions } from './client-options.ts';
import { Connection } from './connection.ts';
import { ConnectError } from './link-errors.ts';

partDescribe('mosquitto', 'a broker that refuses a certificate', () => {
  const folder = new PkiFolder();
  const stranger = new PkiFolder();
  let mosquitto: Mosquitto;

  beforeAll(async () => {
    await folder.pki('init');
    await folder.issueDeviceAt(-3 * 365, 'expired');
    await folder.issueDeviceAt(365, 'early');
    await folder.issue('server', 'server', '--host', '127.0.0.1');
    await folder.issue('good', 'device', 'good');
    await folder.issue('revoked', 'device', 'revoked');
    await folder.pki('revoke', 'revoked');
    await stranger.pki('init');
    await stranger.issue('stranger', 'device', 'good');
    mosquitto = await startMosquitto({
      listener: [
        'listener {port} 127.0.0.1',
        `cafile ${folder.at('pki', 'ca.crt')}`,
        `certfile ${folder.at('server', 'tls.crt')}`,
        `keyfile ${folder.at('server', 'tls.key')}`,
        `crlfile ${folder.at('pki', 'ca.crl')}`,
        'require_certificate true',
        'use_identity_as_username true',
      ],
    });
  });

  afterAll(async () => {
    await mosquitto?.stop();
    folder.remove();
    stranger.remove();
  });

  /** The reason and the words of a connection that does not come about; undefined for one that does. */
  async function refusal(files: string | undefined, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string[] | undefined> {
    const cloud = {
      broker: `mqtts://127.0.0.1:${mosquitto.port}`,
      ca: folder.at('pki', 'ca.crt'),
      ...(files === undefined ? {} : { cert: `${files}/tls.crt`, key: `${files}/tls.key` }),
    };
    const identity = { clientId: 'test', clean: true };
    try {
      const connection = await Connection.open({
        url: cloud.broker,
        version: 5,
        client: Object.assign(clientOptions(configSchema.parse({ cloud }).cloud, identity, 5), { maxVersion }),
        onMessage: async () => undefined,
        signal: new AbortController().signal,
      });
      await connection.end();
      return undefined;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return [error.reason, error.message];
    }
  }

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s', (version) => {
    it('lets in one that is good', async () => {
      expect(await refusal(folder.at('good'), version)).toBeUndefined();
    });

    it.each([
      ['revoked', 'tls-certificate-revoked', /this client's certificate: revoked$/],
      ['expired', 'tls-certificate-expired', /this client's certificate: expired/],
      ['early', 'tls-bad-certificate', /not valid yet by the broker's clock$/],
      ['server', 'tls-unsupported-certificate', /this client's certificate: not one for clients$/],
    ])('says why: %s', async (name, reason, words) => {
      expect(await refusal(folder.at(name), version)).toEqual([reason, expect.stringMatching(words)]);
    });

    it('says that its CA is another one', async () => {
      const words = expect.stringMatching(/does not know the CA that signed it$/);
      expect(await refusal(stranger.at('stranger'), version)).toEqual(['tls-unknown-ca', words]);
    });

    it('says that there has to be one', async () => {
      const [reason, words] = (await refusal(undefined, version)) ?? [];
      expect(reason).toBe(version === 'TLSv1.2' ? 'tls-handshake-failure' : 'tls-certificate-required');
      expect(words).toContain('ask');
      expect(words).toContain('client certificate');
    });
  });
});
