import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { freePort } from './free-port.ts';

export interface ChoosyBroker {
  readonly url: string;
  stop(): Promise<void>;
}

/** A broker (MQTT 3.1.1) that refuses one subscription: Mosquitto with a list of rights grants all and then delivers nothing. */
export async function startChoosyBroker(refusedFilter: string): Promise<ChoosyBroker> {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic === refusedFilter ? null : subscription),
  });
  const server = createServer(aedes.handle);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
