import { RawClient } from './wire/raw-client.ts';

/** Messages that a Mosquitto keeps in all its queues, as it says itself each second ($SYS, `sys_interval 1`). */
const TOPIC = '$SYS/broker/store/messages/count';

/** @returns what ends the watch and tells how many more than at its beginning there ever were: retained ones lie there always. */
export async function watchQueue(port: number): Promise<() => number> {
  let first: number | undefined;
  let peak = 0;
  let text = '';
  const client = await RawClient.open({
    port,
    clientId: 'bench-queue-watch',
    handler: {
      onPublish: () => {
        text = '';
      },
      onPayload: (piece) => {
        text += piece.toString();
      },
      onPublishEnd: () => {
        first ??= Number(text);
        peak = Math.max(peak, Number(text) - first);
      },
      onPuback: () => undefined,
    },
  });
  await client.subscribe(TOPIC);
  return () => {
    client.end();
    return peak;
  };
}
