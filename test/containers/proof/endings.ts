import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { docker, stateOf, tryDocker } from '../docker.ts';
import { DEVICE } from '../site/edge-side.ts';
import type { Site } from '../site/site.ts';
import { faultsOf } from '../site/verdict.ts';

const STOP_SECONDS = 10;

/** The end of the flow: the books balance, and everything stops in order. Nothing runs after these. */
export function endings(site: () => Site): void {
  it('the detector stops; when all is through, the ledger, the audit and the bucket agree to the capture', async () => {
    const { edge, cloud, bucket, watch } = site();
    await stop(edge.container('face-detector'));
    const status = async () => {
      const { stdout } = await tryDocker([
        'exec',
        edge.container('forwarder'),
        'sightline',
        'spool',
        'status',
        '--json',
      ]);
      return JSON.parse(stdout) as { counts: Record<string, number>; captured: number; gap: number };
    };
    const { counts, captured, gap } = await eventually(status, (now) => now.counts.pending === 0, 120_000);
    expect({ ...counts, gap }).toMatchObject({ pending: 0, refused: 0, evicted: 0, released: 0, gap: 0 });
    const stored = (await bucket.captures()).filter(({ device }) => device === DEVICE);
    expect(faultsOf(stored, watch.seen)).toEqual([]);
    expect(stored.length).toBe(captured);
    const audit = await cloud.tryScript('audit', '--device', DEVICE, '--verify', '--json');
    expect({ code: audit.code, end: audit.stdout.trimEnd().split('\n').at(-1) }).toMatchObject({
      code: 0,
      end: expect.stringContaining('"balances":true'),
    });
  });

  it(`docker stop of each container ends within ${STOP_SECONDS} s with exit code 0`, async () => {
    for (const name of site().containers) await stop(name);
  });

  async function stop(name: string): Promise<void> {
    await docker('stop', '--time', `${STOP_SECONDS}`, name);
    // The engine kills what is late: 137.
    expect({ name, exitCode: (await stateOf(name)).exitCode }).toEqual({ name, exitCode: 0 });
  }
}
