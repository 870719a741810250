import { join } from 'node:path';
import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { Random } from '../support/random.ts';
import { RogueForwarder, RogueProcessor } from './rogue-services.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage-parts.ts';

async function onStage(options: Partial<StageOptions>, act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = new Stage({ random: new Random(7), bareRatio: 0, ...options });
  try {
    await stage.start();
    await act(stage);
  } finally {
    await stage.stop();
  }
}

partDescribe('mosquitto', 'planted faults: the checker sees each, and nothing where there is none', () => {
  it('drops a capture, breaks idempotence, changes a bit: an image-processor that keeps all rules but one', async () => {
    await onStage({ processors: 0 }, async (stage) => {
      const { detector, cloud } = stage.parts;
      const rogue = new RogueProcessor(cloud.url, join(stage.path, 'faces'), [
        'nothing wrong',
        'drops it',
        'stores it twice',
        'changes a bit',
      ]);
      await rogue.start();
      await detector.emit(12, 200);
      const { broken } = await stage.verdict(30_000);
      rogue.stop();
      // What was changed is lost too: its own bytes are nowhere.
      expect(broken.I1?.[0]).toContain('2 of 12 lost');
      expect(broken.I2).toEqual([
        expect.stringContaining('2 objects of one capture'),
        expect.stringContaining('nobody'),
      ]);
      expect(broken.I3).toHaveLength(1);
    });
  });

  it('acknowledges before the commit and dies: a forwarder that says `held` and keeps nothing', async () => {
    await onStage({}, async (stage) => {
      const { detector, edge, edgeLink } = stage.parts;
      await detector.emit(5, 100);
      await stage.verdict(30_000);
      // The right one hears nothing of it.
      await edgeLink.setMode('refusing');
      const rogue = new RogueForwarder(edge.url);
      await rogue.start();
      await detector.emit(3, 100);
      await expect.poll(() => detector.kept, { timeout: 10_000 }).toBe(0);
      rogue.stop();
      await edgeLink.setMode('open');
      const { broken } = await stage.verdict(3_000);
      expect(broken.I1?.[0]).toContain('3 of 8 lost (0 shed openly)');
      expect(broken.I4).toEqual(['5 in the ledger, 8 published']);
      expect(broken.I6).toEqual(['not recovered within 3 s']);
    });
  });
});
