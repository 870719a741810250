import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type FaultProxy, startFaultProxy } from '../../../test/support/fault-proxy.ts';
import { createEdge } from '../../../test/support/link.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { offlineWill, Presence } from './presence.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Stats {
  /** How often the device had been looked at. */
  readonly looks: number;
  readonly trouble: string;
}

/** A device that is looked at ten times a second, and what somebody hears of it. */
async function setUp(address: (port: number) => Promise<string> = async (port) => `mqtt://127.0.0.1:${port}`) {
  const mosquitto = await startMosquitto();
  cleanups.push(mosquitto.stop);
  const heard: { topic: string; text: string; retain: boolean }[] = [];
  const listen = () => {
    const link = createEdge(mosquitto.url, {
      subscriptions: [{ filter: 'gate/#', qos: 1 }],
      onMessage: async ({ topic, payload, retain }) => void heard.push({ topic, text: payload.toString(), retain }),
    });
    link.start();
    cleanups.push(() => link.stop());
    return link;
  };
  const listener = listen();
  await eventually(() => listener.isUp, Boolean);
  let looks = 0;
  const device = { trouble: '', fault: '' };
  const presence = new Presence<Stats>({
    statusTopic: 'gate/status',
    statsTopic: 'gate/stats',
    lookEveryMs: 100,
    stats: async () => {
      looks += 1;
      if (device.fault) throw new Error(device.fault);
      return { looks, trouble: device.trouble };
    },
    news: ({ trouble }) => trouble,
  });
  const link = createEdge(await address(mosquitto.port), {
    will: offlineWill('gate/status'),
    config: { keepaliveSeconds: 2 },
    onUp: () => void presence.announce(link),
  });
  link.start();
  cleanups.push(() => link.stop());
  const told = () => heard.filter(({ topic }) => topic === 'gate/stats').map(({ text }) => JSON.parse(text) as Stats);
  return { mosquitto, presence, link, device, heard, told, listen };
}

partDescribe('mosquitto', 'the presence of a device whose stats last', () => {
  it('tells of them at every sixth look, and at once where there is news', async () => {
    const { device, told } = await setUp();
    await eventually(told, ({ length }) => length === 3);
    expect(told().map(({ looks }) => looks)).toEqual([1, 7, 13]);
    device.trouble = 'disk full';
    const all = await eventually(told, ({ length }) => length === 4);
    expect(all[3]?.trouble).toBe('disk full');
    expect(all[3]?.looks).toBeLessThan(19);
  });

  it('leaves its last word and its status behind', async () => {
    const { presence, link, device, told, heard, listen } = await setUp();
    await eventually(told, ({ length }) => length > 0);
    device.trouble = 'told at the end';
    await presence.leave(link);
    await link.stop();
    listen();
    const kept = await eventually(
      () => heard.filter(({ retain }) => retain),
      ({ length }) => length === 2,
    );
    const [stats, status] = kept.toSorted((one, other) => (one.topic < other.topic ? -1 : 1));
    expect(JSON.parse(stats?.text ?? '')).toMatchObject({ trouble: 'told at the end' });
    expect(status).toEqual({ topic: 'gate/status', text: 'offline', retain: true });
  });

  it('says that it is there after the will of a connection that it had under another client id', async () => {
    let proxy: FaultProxy | undefined;
    const { heard, mosquitto } = await setUp(async (target) => {
      const made = await startFaultProxy({ target });
      cleanups.push(() => made.stop());
      proxy = made;
      return `mqtt://127.0.0.1:${made.port}`;
    });
    const statuses = () => heard.filter(({ topic }) => topic === 'gate/status').map(({ text }) => text);
    await eventually(statuses, ({ length }) => length > 0);
    // As after a kill -9 on a dead line and a renewal of its key: the next connection does not take this one's place.
    await proxy?.setMode('blackhole');
    const successor = new Presence<object>({
      ...{ statusTopic: 'gate/status', statsTopic: 'gate/stats', lookEveryMs: 100 },
      stats: () => ({ looks: 0, trouble: '' }),
      news: () => '',
    });
    const link = createEdge(mosquitto.url, { onUp: () => void successor.announce(link) });
    link.start();
    cleanups.push(() => link.stop());
    await eventually(statuses, (all) => all.includes('offline'));
    await eventually(statuses, (all) => all.at(-1) === 'online');
    expect(link.isUp).toBe(true);
  });

  it('goes on where the device could not be looked at for a while', async () => {
    const { device, told, presence, link } = await setUp();
    await eventually(told, ({ length }) => length > 0);
    device.fault = 'no answer';
    await expect(presence.announce(link)).resolves.toBeUndefined();
    device.trouble = 'told after it';
    device.fault = '';
    await eventually(told, (all) => all.at(-1)?.trouble === 'told after it');
  });
});
