import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditCommand } from '../../src/cli/audit.ts';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { captureTopic } from '../../src/contract/topics.ts';
import { createMessageLogger } from '../../src/edge/message-logger/service.ts';
import { DoctorSite, hopsOf } from '../support/doctor-site.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { image } from '../support/forwarder-site.ts';
import { requirePart } from '../support/parts.ts';
import { runCommand } from '../support/run-command.ts';
import { serviceContext } from '../support/service.ts';
import { BrokerCertificates, type Tls } from './broker-certificates.ts';
import { BrokerClient } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

const mosquitto = requirePart('mosquitto');
const PREFIX = 'face_detection';
const DEVICE = 'gate-3';

describe.skipIf(!mosquitto.present)(`the services between the deployed brokers ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  const certificates = new BrokerCertificates(folder.path);
  const [edge, cloud] = [new DeployedBroker('edge'), new DeployedBroker('cloud')];
  let site: DoctorSite;
  let detector: BrokerClient;
  let logger: ReturnType<typeof createMessageLogger>;
  const links: Record<string, Tls> = {};

  const edgeLink = (user: string) => ({ broker: edge.url, username: user, password: `of ${user}` });
  const cloudLink = (name: string) => ({ broker: cloud.url, keepaliveSeconds: 5, ...(links[name] as Tls) });

  beforeAll(async () => {
    await certificates.create();
    cloud.putServer(await certificates.server());
    for (const user of ['face-detector', 'forwarder', 'message-logger', 'camera'])
      edge.put(`passwords/${user}`, `of ${user}`);
    await Promise.all([edge.start(), cloud.start()]);
    for (const name of [DEVICE, '@image-processor', '@operator']) links[name] = await certificates.client(name);
    // As doctor on the device sees it; each service has its own login.
    const config = { device: DEVICE, edge: edgeLink('forwarder'), cloud: cloudLink(DEVICE) };
    site = new DoctorSite({ edge: edge.url, cloud: cloud.url, config });
    await site.startForwarder();
    await site.startProcessor({ cloud: cloudLink('@image-processor') });
    logger = createMessageLogger(serviceContext({ edge: edgeLink('message-logger') }));
    await logger.start();
    detector = await BrokerClient.connect(edge.url, { username: 'face-detector', password: 'of face-detector' });
    await detector.subscribe(`${PREFIX}/${DEVICE}/receipts`);
    await site.ready();
  });

  afterAll(async () => {
    await detector?.end();
    await logger?.stop();
    await site?.stop();
    await Promise.all([edge.stop(), cloud.stop()]);
    folder.remove();
  });

  const stored = () =>
    readdirSync(site.store, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.png'));
  const capture = async () => {
    const id = mintCaptureId(new Date());
    expect(await detector.publish(captureTopic(PREFIX, { device: DEVICE, camera: 'door', id }), await image())).toBe(
      'accepted',
    );
    return id;
  };

  it('carry captures and bare images to the store', async () => {
    const camera = await BrokerClient.connect(edge.url, { username: 'camera', password: 'of camera' });
    const id = await capture();
    expect(await camera.publish(PREFIX, await image())).toBe('accepted');
    await camera.end();
    await eventually(stored, (names) => names.length === 2, 30_000);
    expect(stored().some((name) => name.includes(id))).toBe(true);
    expect([...detector.topics]).toEqual([`${PREFIX}/${DEVICE}/receipts`]);
    expect(logger.readiness().every(({ ok }) => ok)).toBe(true);
  });

  it('let doctor follow its image from the device and from the cloud', async () => {
    const onDevice = await site.doctor('--json');
    expect([onDevice.code, Object.values(hopsOf(onDevice))]).toEqual([0, expect.not.arrayContaining(['failed'])]);
    const inCloud = new DoctorSite({ edge: edge.url, cloud: cloud.url, config: { cloud: cloudLink('@operator') } });
    const { code, stdout } = await inCloud.doctor('--json', '--from', 'cloud');
    await inCloud.stop();
    expect([code, stdout]).toEqual([0, expect.stringContaining('"ok":true')]);
  });

  it('let an operator audit a device over the cloud broker, and settle', async () => {
    const operator = new DoctorSite({
      edge: edge.url,
      cloud: cloud.url,
      config: { cloud: cloudLink('@operator'), store: { url: site.store } },
    });
    const { code, stdout } = await runCommand(
      auditCommand,
      '--config',
      operator.configFile(),
      '--device',
      DEVICE,
      '--remote',
      '--json',
    );
    await operator.stop();
    expect([code, stdout]).toEqual([0, expect.stringContaining('summary')]);
  });

  it('lose nothing while the server certificate is renewed, a revocation comes and passwords change', async () => {
    const before = stored().length;
    const ids: string[] = [];
    const until = async (words: RegExp) => {
      do ids.push(await capture());
      while (!words.test(cloud.words + edge.words));
    };
    cloud.putServer(await certificates.server());
    await until(/Mosquitto reads them again/);
    await certificates.client('gate-4');
    await certificates.authority.revoke('gate-4');
    cloud.put('crl/ca.crl', (await certificates.server()).crl);
    await until(/Mosquitto starts again/);
    edge.put('passwords/camera', 'another');
    for (let more = 0; more < 10; more += 1) ids.push(await capture());
    await eventually(stored, (names) => names.length >= before + ids.length, 60_000);
    expect(stored()).toHaveLength(before + ids.length);
    for (const id of ids) expect(stored().filter((name) => name.includes(id))).toHaveLength(1);
  });

  it('were refused nothing that they tried', () => {
    const denied = `${edge.words}\n${cloud.words}`.split('\n').filter((line) => /denied|not authori/i.test(line));
    expect(denied).toEqual([]);
    // So that this would show.
    expect(cloud.words).toMatch(/Received PUBLISH from sightline-gate-3-forwarder-cloud/);
  });
});
