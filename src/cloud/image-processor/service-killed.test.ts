import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { capture, processorHarness } from '../../../test/support/processor-harness.ts';
import { objectKey } from '../../contract/object-key.ts';

const PROCESS = fileURLToPath(new URL('../../../test/support/image-processor-process.ts', import.meta.url));

partDescribe('mosquitto', 'an image-processor that dies', () => {
  const harness = processorHarness();

  const publish = ({ topic, bytes }: Capture) => harness.publish(topic, bytes);

  const stored = () => new Set(harness.receipts().flatMap(({ id, state }) => (state === 'stored' ? [id] : [])));

  test('killed again and again with kill -9: one whole object for each capture', async () => {
    const { broker, store } = harness;
    const captures = await Promise.all(Array.from({ length: 200 }, () => capture()));
    const objects = async () => {
      const entries = await readdir(store, { recursive: true }).catch(() => []);
      return entries.filter((entry) => entry.endsWith('.png'));
    };
    const config = JSON.stringify({
      cloud: { broker: broker.url, keepaliveSeconds: 5 },
      processor: { id: 'mortal', group: `g-${randomBytes(4).toString('hex')}`, concurrency: 64 },
      store: { url: store },
    });
    let unanswered = 0;
    let child: ChildProcess | undefined;
    try {
      for (let death = 0; death < 5; death += 1) {
        // In the middle of its work: an object is there, and nobody was told.
        const mortal = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROCESS, config], {
          stdio: 'inherit',
          env: { ...process.env, SIGHTLINE_TEST_KILL_AT: `processor/after-put:${1 + 8 * death}` },
        });
        child = mortal;
        const died = once(mortal, 'exit');
        const share = captures.slice(death * 40, death * 40 + 40);
        while (mortal.signalCode === null && mortal.exitCode === null) {
          await Promise.all(share.map(publish));
          await sleep(50);
        }
        expect((await died)[1]).toBe('SIGKILL');
        unanswered += share.filter(({ id }) => !stored().has(id)).length;
      }
      expect(unanswered).toBeGreaterThan(0);
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROCESS, config], { stdio: 'inherit' });
      await eventually(
        async () => {
          await Promise.all(captures.filter(({ id }) => !stored().has(id)).map(publish));
          await sleep(200);
          return stored().size;
        },
        (size) => size === 200,
      );
    } finally {
      child?.kill('SIGTERM');
    }
    const askedAtMs = performance.now();
    if (child.exitCode === null) await once(child, 'exit');
    expect(performance.now() - askedAtMs).toBeLessThan(4_000);
    for (const { id, bytes } of captures) {
      expect(await readFile(join(store, objectKey({ device: 'gate-3', camera: 'door', id }, 'png')))).toEqual(bytes);
    }
    expect(await objects()).toHaveLength(200);
  }, 60_000);
});

type Capture = Awaited<ReturnType<typeof capture>>;
