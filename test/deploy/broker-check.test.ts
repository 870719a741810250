import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { DeployedBroker } from './deployed-broker.ts';

const mosquitto = requirePart('mosquitto');

describe.skipIf(!mosquitto.present)(`entrypoint.sh check ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  let broker: DeployedBroker;

  async function prepare(environment = {}): Promise<void> {
    broker = new DeployedBroker('cloud', environment);
    const certificates = new BrokerCertificates(folder.path);
    await certificates.create();
    broker.putServer(await certificates.server());
  }
  beforeEach(() => prepare());
  afterEach(async () => {
    await broker.stop();
    folder.remove();
  });

  it('is content with what works, and leaves nothing running', () => {
    broker.put('local/acl.local', 'user own-program\ntopic read face_detection/#\n');
    expect(broker.check()).toEqual({ code: 0, words: '' });
    expect(broker.health()).toBe(false);
  });

  it.each([
    ['rules for nobody', 'topic read #\n', /begin with a line 'user NAME'/],
    ['rules that Mosquitto does not know', 'user own-program\nallow everything\n', /Mosquitto says/],
  ])('refuses %s with exit code 2 and says why', (_, rules, words) => {
    broker.put('local/acl.local', rules);
    expect(broker.check()).toEqual({ code: 2, words: expect.stringMatching(words) });
  });

  it('tries beside a broker that runs, which goes on with what it has', async () => {
    await broker.start();
    const pid = broker.mosquittoPid;
    broker.put('local/acl.local', 'topic read #\n');
    expect(broker.check().code).toBe(2);
    expect([broker.health(), broker.mosquittoPid]).toEqual([true, pid]);
  });

  it.each(['/', 'a/', '/a', 'a//b', 'a b'])('refuses the topic prefix %j', async (prefix) => {
    await broker.stop();
    await prepare({ SIGHTLINE_TOPIC_PREFIX: prefix });
    expect(broker.check()).toEqual({
      code: 2,
      words: expect.stringMatching(/^sightline-broker: SIGHTLINE_TOPIC_PREFIX: Expected/),
    });
  });
});
