import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createEdge } from '../../../test/support/link.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { Presence } from './presence.ts';

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
async function setUp() {
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
  const device = { trouble: '' };
  const presence = new Presence<Stats>({
    statusTopic: 'gate/status',
    statsTopic: 'gate/stats',
    lookEveryMs: 100,
    stats: async () => {
      looks += 1;
      return { looks, trouble: device.trouble };
    },
    news: ({ trouble }) => trouble,
  });
  const link = createEdge(mosquitto.url, { onUp: () => void presence.announce(link) });
  link.start();
  cleanups.push(() => link.stop());
  const told = () => heard.filter(({ topic }) => topic === 'gate/stats').map(({ text }) => JSON.parse(text) as Stats);
  return { presence, link, device, heard, told, listen };
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
});
