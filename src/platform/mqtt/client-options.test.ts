import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { configSchema } from '../config/schema.ts';
import { clientOptions } from './client-options.ts';

describe('the id with which a client of certificates connects', () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  const links = { one: {}, other: {} } as Record<'one' | 'other', ReturnType<typeof linkOf>>;

  const linkOf = (folder: string) => {
    const { ca, clientCert, clientKey } = makeCertificates(folder);
    return {
      ...configSchema.parse({ cloud: { broker: 'mqtts://cloud.example:8883' } }).cloud,
      ca,
      cert: clientCert,
      key: clientKey,
    };
  };
  const idOf = (link: ReturnType<typeof linkOf>, clean = true) =>
    clientOptions(link, { clientId: 'sightline-gate-3-forwarder-cloud', clean }, 5).clientId;

  beforeAll(() => {
    links.one = linkOf(one.path);
    links.other = linkOf(other.path);
  });

  afterAll(() => {
    one.remove();
    other.remove();
  });

  it('is the same for two that have one key, and another for whoever has another', () => {
    expect(idOf(links.one)).toMatch(/^sightline-gate-3-forwarder-cloud-[0-9a-f]{16}$/);
    expect(idOf(links.one)).toBe(idOf({ ...links.one }));
    expect(idOf(links.other)).not.toBe(idOf(links.one));
  });

  it('stays as it is where there is no key, or where the broker keeps a session by it', () => {
    const { cert: _cert, key: _key, ...bare } = links.one;
    expect(idOf(bare as typeof links.one)).toBe('sightline-gate-3-forwarder-cloud');
    expect(idOf(links.one, false)).toBe('sightline-gate-3-forwarder-cloud');
  });
});
