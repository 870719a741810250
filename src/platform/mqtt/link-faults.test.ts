import pino from 'pino';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import type { MqttLink } from './link.ts';
import { LinkFaults } from './link-faults.ts';

const links: MqttLink[] = [];
let mosquitto: Mosquitto | undefined;
afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.stop()));
  await mosquitto?.stop();
});

it('is news of the first link that has a fault, of another fault, and again once all links stood', () => {
  const faults = new LinkFaults();
  const [one, other] = [{}, {}];
  expect([faults.note(one, 'gone'), faults.note(other, 'gone'), faults.note(one, 'gone')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([faults.note(other, 'refused'), faults.note(one, 'gone')]).toEqual([true, false]);
  expect([faults.of(one), faults.of(other)]).toEqual(['gone', 'refused']);
  faults.clear(one);
  expect([faults.of(one), faults.note(one, 'refused')]).toEqual([undefined, false]);
  faults.clear(one);
  faults.clear(other);
  expect(faults.note(other, 'refused')).toBe(true);
});

partDescribe('mosquitto', 'several links of a service to one broker', () => {
  it('say once that it is not there, and once that it went', async () => {
    const warnings: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) });
    const port = await freePort();
    const faults = new LinkFaults();
    links.push(...Array.from({ length: 4 }, () => createEdge(`mqtt://127.0.0.1:${port}`, { log, faults })));
    for (const link of links) link.start();
    await eventually(
      () => links.filter((link) => link.readiness().detail !== 'connecting').length,
      (count) => count === 4,
    );
    expect(warnings).toEqual(['broker not reached, trying again']);
    mosquitto = await startMosquitto({ port });
    await eventually(() => links.every(({ isUp }) => isUp), Boolean);
    await mosquitto.kill();
    await eventually(() => links.every(({ isUp }) => !isUp), Boolean);
    expect(warnings.filter((message) => message === 'broker connection lost')).toHaveLength(1);
  });
});
