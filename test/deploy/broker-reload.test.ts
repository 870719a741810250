import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { BrokerClient, withCertificate } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

const mosquitto = requirePart('mosquitto');

describe.skipIf(!mosquitto.present)(`a broker that is deployed ${mosquitto.reason}`, () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let certificates: BrokerCertificates;
  const cleanups: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = temporaryFolder();
    certificates = new BrokerCertificates(folder.path);
    await certificates.create();
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    folder.remove();
  });

  function make(side: 'edge' | 'cloud', environment = {}): DeployedBroker {
    const broker = new DeployedBroker(side, environment);
    cleanups.push(() => broker.stop());
    return broker;
  }

  async function startCloud(environment = {}): Promise<DeployedBroker> {
    const broker = make('cloud', environment);
    broker.putServer(await certificates.server());
    await broker.start();
    return broker;
  }

  async function startEdge(environment = {}): Promise<DeployedBroker> {
    const broker = make('edge', environment);
    broker.put('passwords/forwarder', 'one\n');
    broker.put('passwords/camera', 'other\n');
    await broker.start();
    return broker;
  }

  async function connect(url: string, options = {}): Promise<BrokerClient> {
    const client = await BrokerClient.connect(url, options);
    cleanups.push(() => client.end());
    return client;
  }

  /** Serial number of the certificate that a broker shows to whoever comes; '' while it starts. */
  function shown({ port }: DeployedBroker): Promise<string> {
    return new Promise((resolve) => {
      const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
        socket.destroy();
      });
      socket.on('error', () => resolve(''));
    });
  }

  const said = (broker: DeployedBroker, words: RegExp) =>
    eventually(
      () => broker.words,
      (all) => words.test(all),
    );

  it('shows a renewed certificate while everybody stays connected', async () => {
    const broker = await startCloud();
    const gate = await connect(broker.url, withCertificate(await certificates.client('gate-3')));
    const pid = broker.mosquittoPid;
    const renewed = await certificates.server();
    broker.putServer(renewed);
    await eventually(
      () => shown(broker),
      (serial) => serial.replace(/^0+/, '') === renewed.issued.serial.replace(/^0+/, ''),
    );
    expect(await gate.publish('face_detection/gate-3/stats')).toBe('accepted');
    expect(broker.mosquittoPid).toBe(pid);
  });

  it('keeps its certificate while the new one is half there or broken, and says so once', async () => {
    const broker = await startCloud();
    const [former, gate] = [await shown(broker), withCertificate(await certificates.client('gate-3'))];
    const renewed = await certificates.server();
    broker.put('tls/tls.key', renewed.key);
    await said(broker, /changed files can't be used, the former ones stay in use: Mosquitto says: .*key/);
    await connect(broker.url, gate);
    expect(await shown(broker)).toBe(former);
    broker.put('tls/tls.crt', 'nonsense');
    await said(broker, /(stay in use[\s\S]*){2}/);
    broker.remove('tls/ca.crt');
    await said(broker, /Expected a PEM file that user \d+ can read at .*ca\.crt, got none/);
    await connect(broker.url, gate);
    expect(broker.words.match(/stay in use/g)).toHaveLength(3);
    broker.putServer(renewed);
    await eventually(
      () => shown(broker),
      (serial) => serial !== '' && serial !== former,
    );
  });

  it('throws out a revoked device that is connected, and lets it in no more; the others come back', async () => {
    const broker = await startCloud();
    const [gate, other] = [await certificates.client('gate-3'), await certificates.client('gate-4')].map(
      withCertificate,
    );
    const client = await connect(broker.url, gate);
    const gone = once(client.client.stream, 'close');
    await certificates.authority.revoke('gate-3');
    broker.put('crl/ca.crl', (await certificates.server()).crl);
    await gone;
    await eventually(() => broker.health(), Boolean);
    await expect(connect(broker.url, gate)).rejects.toThrow();
    await connect(broker.url, other);
  });

  it('keeps a revoked device out when the list is damaged or vanishes, and when the certificate is renewed', async () => {
    const broker = make('cloud');
    const gate = withCertificate(await certificates.client('gate-3'));
    await certificates.authority.revoke('gate-3');
    broker.putServer({ ...(await certificates.server()) });
    await broker.start();
    const former = await shown(broker);
    broker.put('crl/ca.crl', 'nonsense');
    await said(broker, /changed files can't be used/);
    broker.remove('crl/ca.crl');
    await said(broker, /Expected a revocation list/);
    await expect(connect(broker.url, gate)).rejects.toThrow();
    broker.putServer(await certificates.server());
    await eventually(
      () => shown(broker),
      (serial) => serial !== '' && serial !== former,
    );
    await expect(connect(broker.url, gate)).rejects.toThrow();
    await connect(broker.url, withCertificate(await certificates.client('gate-4')));
  });

  it('takes a new password: who has the old one is thrown out, the others stay', async () => {
    const broker = await startEdge();
    const former = await connect(broker.url, { username: 'forwarder', password: 'one' });
    const camera = await connect(broker.url, { username: 'camera', password: 'other' });
    const gone = once(former.client.stream, 'close');
    broker.put('passwords/forwarder', 'two\n');
    await gone;
    await connect(broker.url, { username: 'forwarder', password: 'two' });
    await expect(connect(broker.url, { username: 'forwarder', password: 'one' })).rejects.toThrow(/Not authorized/);
    expect(await camera.publish('face_detection')).toBe('accepted');
  });

  it('has no password in clear in its own files, its log or its arguments', async () => {
    const broker = make('edge');
    broker.put('passwords/forwarder', 'my secret words\n');
    await broker.start();
    const files = execFileSync('grep', ['-rlF', 'my secret words', broker.folder], { encoding: 'utf8' });
    expect(files.trim().split('\n')).toEqual([`${broker.folder}/passwords/forwarder`]);
    expect(broker.words).not.toContain('my secret words');
  });

  it('takes rules of its own in addition, and none that would give more to somebody else', async () => {
    const broker = await startEdge();
    const camera = await connect(broker.url, { username: 'camera', password: 'other' });
    broker.put('local/acl.local', 'topic readwrite #\n');
    await said(broker, /to begin with a line 'user NAME'/);
    expect(await camera.publish('face_detection/gate-3/receipts')).toBe(135);
    broker.put('local/acl.local', '# ours\nuser camera\ntopic write face_detection/doorbell/status\n');
    await eventually(
      () => camera.publish('face_detection/doorbell/status'),
      (reason) => reason === 'accepted',
    );
    expect(await camera.publish('face_detection')).toBe('accepted');
  });

  it('has the rules for another topic prefix', async () => {
    const broker = await startEdge({ SIGHTLINE_TOPIC_PREFIX: 'site/faces' });
    const forwarder = await connect(broker.url, { username: 'forwarder', password: 'one' });
    expect(await forwarder.publish('site/faces/gate-3/receipts')).toBe('accepted');
    expect(await forwarder.publish('face_detection/gate-3/receipts')).toBe(135);
  });

  it('ends with 0 when it is told to, keeps what is retained, and ends with Mosquitto where that dies', async () => {
    const broker = await startCloud();
    const gate = await connect(broker.url, withCertificate(await certificates.client('gate-3')));
    await gate.publish('face_detection/gate-3/status', 'online', true);
    expect(await broker.end()).toBe(0);
    expect(broker.health()).toBe(false);
    await broker.start();
    const operator = await connect(broker.url, withCertificate(await certificates.client('@operator')));
    await operator.subscribe('face_detection/+/status');
    await eventually(
      () => [...operator.topics],
      (topics) => topics.includes('face_detection/gate-3/status'),
    );
    process.kill(broker.mosquittoPid, 'SIGKILL');
    expect(await broker.ended()).toBe(137);
  });

  it.each([
    [
      'a certificate',
      (broker: DeployedBroker) => broker.remove('tls/tls.crt'),
      /Expected a PEM file .*tls\.crt, got none/,
    ],
    [
      'a certificate of this key',
      (broker: DeployedBroker) => broker.put('tls/tls.key', 'nonsense'),
      /Mosquitto says: .*key/,
    ],
  ])('does not start without %s, and says why', async (_, spoil, reason) => {
    const broker = make('cloud');
    broker.putServer(await certificates.server());
    spoil(broker);
    expect(await broker.startInVain()).toBe(2);
    expect(broker.words).toMatch(reason);
  });

  it.each([
    ['no users', {}, /Expected a file for each user in .*passwords, got none/],
    ['an empty password', { forwarder: '\n' }, /Expected one line with a password in .*forwarder/],
    ['a password of two lines', { forwarder: 'a\nmallory:b\n' }, /Expected one line with a password in .*forwarder/],
    ['an odd user', { 'a:b': 'x' }, /Expected users of a-z, 0-9 and - in .*, got 'a:b'/],
  ])('does not start with %s, and says why', async (_, passwords, reason) => {
    const broker = make('edge');
    for (const [user, text] of Object.entries(passwords)) broker.put(`passwords/${user}`, text);
    expect(await broker.startInVain()).toBe(2);
    expect(broker.words).toMatch(reason);
  });

  it('does not start with settings that it does not know, and says why', async () => {
    const wrong = { SIGHTLINE_TOPIC_PREFIX: 'a+b', SIGHTLINE_BROKER_CHECK_SECONDS: 'soon' };
    for (const [variable, value] of Object.entries(wrong)) {
      const broker = make('edge', { [variable]: value });
      expect(await broker.startInVain()).toBe(2);
      expect(broker.words).toMatch(new RegExp(`${variable}.*got '${value.replace('+', '\\+')}'`));
    }
  });
});
