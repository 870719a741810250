import { connect, type SecureVersion } from 'node:tls';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { DEVICE } from '../site/edge-side.ts';
import { papersOfAnotherAuthority, papersSignedByDevice } from '../site/forged-papers.ts';
import type { Site } from '../site/site.ts';
import { enter, knockInVain, type Papers } from '../site/visitor.ts';

/** The broker's alert, or the end of the connection where that overtakes it. */
const refusal = (alert: string) => new RegExp(`${alert}|ECONNRESET|EPIPE|closed without a word`);

/** Who the cloud's port does not let in. */
export function strangers(site: () => Site): void {
  it('who shows no certificate is refused', async () => {
    const { ca } = site().edge.papers();
    expect(await knockInVain(site().cloud.url, { ca })).toMatch(refusal('certificate required'));
    const guess = { username: DEVICE, password: 'guessed' };
    expect(await knockInVain(site().cloud.url, { ca }, guess)).toMatch(refusal('certificate required'));
  });

  it('a certificate of another authority is refused, whatever name is in it', async () => {
    const { ca } = site().edge.papers();
    for (const name of [DEVICE, '@operator', '@image-processor']) {
      const papers = papersOfAnotherAuthority(name, ca);
      expect(await knockInVain(site().cloud.url, papers)).toMatch(refusal('unknown ca'));
    }
  });

  it('what an enrolled device has signed itself is refused', async () => {
    const own = site().edge.papers();
    for (const name of ['@operator', 'gate-4']) {
      const papers = papersSignedByDevice(own, name);
      expect(await knockInVain(site().cloud.url, papers)).toMatch(refusal('unknown ca|invalid ca'));
    }
  });

  it('MQTT without TLS is refused', async () => {
    await knockInVain(site().cloud.url.replace('mqtts:', 'mqtt:'), undefined);
  });

  it('TLS 1.0 and 1.1 are refused, 1.2 and 1.3 are not', async () => {
    const papers = site().edge.papers();
    const offers: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
    const taken = await Promise.all(offers.map((version) => shakesHands(version, papers)));
    expect(Object.fromEntries(offers.map((version, index) => [version, taken[index]]))).toEqual({
      TLSv1: false,
      'TLSv1.1': false,
      'TLSv1.2': true,
      'TLSv1.3': true,
    });
  });

  it('a revoked device is thrown out while it is connected, and stays out; the others go on', async () => {
    const { cloud } = site();
    const papers = await cloud.papersOf(await cloud.enrol('lost-1'));
    const lost = await enter(cloud.url, papers);
    await cloud.script('revoke', 'lost-1');
    await lost.closed;
    await lost.leave();
    // It takes the list by starting anew: for a moment nobody is there.
    const again = async () => knockInVain(cloud.url, papers);
    const reason = await eventually(again, (words) => !words.includes('ECONNREFUSED'), 60_000);
    expect(reason).toMatch(refusal('certificate revoked'));
    await site().untilFacesArrive();
    await site().untilAllIsStored();
  });

  async function shakesHands(version: SecureVersion, papers: Required<Papers>): Promise<boolean> {
    const { host, port } = site().cloud;
    const versions = { minVersion: version, maxVersion: version };
    // Old versions are too weak for this machine's OpenSSL as well, unless it is told to offer them.
    const socket = connect({ host, port, ...papers, ...versions, ciphers: 'DEFAULT@SECLEVEL=0' });
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    }).finally(() => socket.destroy()) as Promise<boolean>;
  }
}
