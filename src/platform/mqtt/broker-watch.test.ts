import pino from 'pino';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { connectClient } from '../../../test/support/mqtt-client.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { Metrics } from '../metrics.ts';
import { BrokerWatch } from './broker-watch.ts';
import type { MqttLink } from './link.ts';

let mosquitto: Mosquitto | undefined;
let link: MqttLink | undefined;
afterEach(async () => {
  await link?.stop();
  await mosquitto?.stop();
});

partDescribe('mosquitto', 'the watch over what a broker drops', () => {
  it('counts what a full queue dropped, and says what to do', async () => {
    mosquitto = await startMosquitto({ lines: ['sys_interval 1', 'max_queued_messages 5', 'max_inflight_messages 1'] });
    const warnings: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) });
    const metrics = new Metrics();
    link = createEdge(mosquitto.url, { log, metrics });
    new BrokerWatch({ broker: 'edge', service: 'test', log, metrics }).watch(link);
    link.start();
    const count = async () => /^sightline_broker_dropped_messages\{.*\} (\d+)$/m.exec(await metrics.expose())?.[1];
    await eventually(count, (text) => text === '0', 30_000);
    const away = await connectClient(mosquitto.url, { a: { qos: 1 } }, { clientId: 'away', clean: false });
    away.client.end(true);
    await away.closed;
    for (let each = 0; each < 20; each += 1) await link.publish('a', 'x', { qos: 1 });
    await eventually(count, (text) => Number(text) >= 10, 30_000);
    expect(warnings).toEqual([expect.stringMatching(/max_queued_messages/)]);
  }, 60_000);
});
