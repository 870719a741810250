import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintCaptureId } from '../../../src/contract/capture-id.ts';
import { embedMetadata } from '../../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../../src/contract/fixtures/sample-metadata.ts';
import { encodeReceipt } from '../../../src/contract/receipts.ts';
import { captureTopic } from '../../../src/contract/topics.ts';
import { unguessableClientId } from '../../../src/platform/mqtt/unguessable-client-id.ts';
import { docker, logsOf } from '../docker.ts';
import { CLOUD_BROKER, PROCESSORS } from '../site/cloud-side.ts';
import { DEVICE } from '../site/edge-side.ts';
import type { Site } from '../site/site.ts';
import { enter, type Papers, type Visitor } from '../site/visitor.ts';

const NOT_AUTHORIZED = 135;
const PREFIX = 'face_detection';
const MALLORY = 'mallory-1';

/** What an enrolled device can't do to the others. */
export function impostors(site: () => Site): void {
  let papers: Required<Papers>;
  let mallory: Visitor;

  beforeAll(async () => {
    const { cloud } = site();
    papers = await cloud.papersOf(await cloud.enrol(MALLORY));
    mallory = await enter(cloud.url, papers);
  });

  afterAll(async () => {
    await mallory.leave();
  });

  it('it publishes captures under its own name, and under no other', async () => {
    const { bucket } = site();
    const publish = async (device: string) => {
      const id = mintCaptureId(new Date());
      const noise = sharp(randomBytes(3 * 32 * 32), { raw: { width: 32, height: 32, channels: 3 } });
      const facts = sampleMetadata({ id, device, camera: 'door', run: id, seq: 0 });
      const image = embedMetadata(await noise.png().toBuffer(), facts);
      return { id, code: await mallory.publish(captureTopic(PREFIX, { device, camera: 'door', id }), image) };
    };
    const [own, stolen] = [await publish(MALLORY), await publish(DEVICE)];
    expect([own.code, stolen.code]).toEqual([0, NOT_AUTHORIZED]);
    await site().untilStored(own.id);
    expect((await bucket.keys()).filter((key) => key.includes(stolen.id))).toEqual([]);
  });

  it('it forges no receipt, for itself or for others, and no word of theirs', async () => {
    const [id, sha256] = [...site().watch.seen].at(-1) ?? ['', ''];
    const receipt = encodeReceipt({ state: 'stored', captures: [[id, sha256]], by: 'mallory' });
    for (const topic of [
      `${PREFIX}/${DEVICE}/receipts`,
      `${PREFIX}/${MALLORY}/receipts`,
      `${PREFIX}/${DEVICE}/status`,
      `${PREFIX}/${DEVICE}/stats`,
      `${PREFIX}/${DEVICE}/ledger`,
      `${PREFIX}/${DEVICE}/ledger/aaaa0001`,
      `${PREFIX}/${DEVICE}/owner`,
      `${PREFIX}/${MALLORY}/ledger`,
      PREFIX,
      '$SYS/broker/publish/messages/dropped',
    ]) {
      expect({ topic, code: await mallory.publish(topic, receipt) }).toEqual({ topic, code: NOT_AUTHORIZED });
    }
  });

  it('it hears nothing of what others send and get, however it asks', async () => {
    for (const filter of [
      '#',
      '+/#',
      `${PREFIX}/#`,
      `${PREFIX}/+/receipts`,
      `${PREFIX}/${DEVICE}/#`,
      `$share/image-processors/${PREFIX}/+/captures/#`,
    ]) {
      // Granted or not, nothing comes.
      await mallory.subscribe(filter);
    }
    await site().untilFacesArrive(4);
    await site().untilAllIsStored();
    const others = mallory.heard.filter(({ topic }) => !topic.startsWith(`${PREFIX}/${MALLORY}/`));
    expect(others.map(({ topic }) => topic)).toEqual([]);
  });

  it('it takes no connection of another away by claiming its client id', async () => {
    const { cloud } = site();
    // Those that are there, each with a mark at its end that nobody else knows. The broker's log is not for devices.
    const log = await logsOf(CLOUD_BROKER);
    const inUse = [...log.matchAll(/ as (\S+) \(p/g)].map(([, id]) => id ?? '');
    const names = [1, 2, 3, 4].map((lane) => `processor-1-1-bare-${lane}`);
    names.push(`sightline-${DEVICE}-forwarder-cloud`);
    for (const name of names) expect(inUse).toContainEqual(expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{16}$`)));
    const guesses = names.flatMap((name) => [
      name,
      unguessableClientId(name, papers.key),
      unguessableClientId(name, 'image-processors'),
    ]);
    const claimed: Visitor[] = [];
    for (const clientId of guesses) claimed.push(await enter(cloud.url, papers, { clientId, clean: false }));
    await site().untilFacesArrive(4);
    // Had one been somebody's, he would have taken it back.
    expect(claimed.filter(({ isConnected }) => !isConnected)).toEqual([]);
    for (const processor of PROCESSORS)
      expect(await docker('exec', processor, 'sightline', 'health', 'image-processor')).toMatch(/^ready$/m);
    for (const visitor of claimed) await visitor.leave();
  });
}
