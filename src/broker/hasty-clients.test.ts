import { connect } from 'node:net';
import { afterEach, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { connectClient } from '../../test/support/mqtt-client.ts';
import { serviceContext } from '../../test/support/service.ts';
import { createBroker } from './service.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A packet of MQTT 3.1.1: its first byte, and a body with its length before it. */
function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
const CONNECT = packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 60]), text('')]));
const DISCONNECT = packet(0xe0, Buffer.alloc(0));
const publish = (bytes: number) => packet(0x30, Buffer.concat([text('t'), Buffer.alloc(bytes)]));

/** What paho does at QoS 0: everything at once, and gone before an answer came. Larger than what is read of a socket at a time. */
const HASTY = Buffer.concat([CONNECT, publish(40_000), publish(60_000), publish(10), DISCONNECT]);

it.each(['at once', 'in pieces'])(
  'takes every message of a client that sends %s and leaves without waiting',
  async (how) => {
    const context = serviceContext({});
    const broker = createBroker(context, { port: 0 });
    await broker.start();
    cleanups.push(() => broker.stop());
    const { client, received } = await connectClient(`mqtt://127.0.0.1:${broker.port}`, { t: { qos: 0 } });
    cleanups.push(() => client.endAsync(true));
    for (let time = 0; time < 20; time += 1) {
      const socket = connect(broker.port, '127.0.0.1');
      if (how === 'at once') socket.end(HASTY);
      else {
        for (let at = 0; at < HASTY.length; at += 7_000) {
          socket.write(HASTY.subarray(at, at + 7_000));
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end();
      }
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await eventually(
      () => received.length,
      (count) => count === 60,
      5_000,
    );
  },
);
