import { afterEach, expect, it } from 'vitest';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { quietClient } from './quiet-client.ts';

let mosquitto: Mosquitto | undefined;
afterEach(() => mosquitto?.stop());

partDescribe('mosquitto', 'an mqtt.js client of one connection', () => {
  it('keeps what waits for its acknowledgement without a copy, and nothing after it', async () => {
    mosquitto = await startMosquitto();
    const client = quietClient(mosquitto.url, { protocolVersion: 5 });
    const connected = new Promise<void>((resolve) => client.once('connect', () => resolve()));
    client.connect();
    await connected;
    const kept = () =>
      new Promise((resolve) =>
        client.outgoingStore.get({ messageId: client.getLastMessageId() }, (error, packet) =>
          resolve(error ? undefined : (packet as { payload?: unknown }).payload),
        ),
      );
    for (const qos of [1, 2] as const) {
      const payload = Buffer.alloc(1_000);
      const acknowledged = client.publishAsync('a', payload, { qos });
      expect(await kept()).toBe(payload);
      await acknowledged;
      expect(await kept()).toBeUndefined();
    }
    await client.endAsync(true);
  });
});
