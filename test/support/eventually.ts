import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the check holds; fails with what was last seen when it never does. */
export async function eventually<Value>(
  look: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  timeoutMs = 15_000,
): Promise<Value> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > until)
      throw new Error(`Not so within ${timeoutMs} ms; last seen: ${JSON.stringify(value)}`);
    await sleep(20);
  }
}
