import { eventually } from '../../support/eventually.ts';
import type { FaultRow } from '../fault-row.ts';
import { missingFaketime, otherClock } from '../small-disks.ts';

async function restarted(service: { stop(): Promise<unknown>; start(): void; alive(): Promise<void> }): Promise<void> {
  await service.stop();
  service.start();
  await service.alive();
}

/** Row 16: what clocks do. The clock of the machine stays as it is: each process is given another. */
export const CLOCK_ROWS: readonly FaultRow[] = [
  {
    row: 16,
    name: "the forwarder's clock jumps a day ahead and back; the image-processor's goes 20 minutes fast",
    missing: missingFaketime,
    async play({ parts: { detector, forwarder }, processors: [processor] }, random) {
      if (processor) processor.env = otherClock('+20m');
      if (processor) await restarted(processor);
      for (const clock of random.shuffled(['+1d', '-1d', '@2001-09-09 01:46:40'])) {
        forwarder.env = otherClock(clock);
        await restarted(forwarder);
        await detector.emit(20, 500);
        await forwarder.kill();
      }
    },
  },
  {
    row: 16,
    name: 'captures of a camera that believes it is 1970, and of one that is a year ahead',
    isQuick: true,
    async play({ parts: { detector } }) {
      await detector.emit(5, 100);
      for (const at of [new Date(5_000), new Date(Date.now() + 365 * 86_400_000)])
        for (let count = 0; count < 5; count += 1) detector.take(await detector.images.capture('gate', at));
    },
  },
  {
    row: 16,
    name: 'eight days later the spool folds its old rows, and dies while it does',
    isQuick: true,
    missing: missingFaketime,
    stage: () => ({ mayNotAudit: true }),
    async play(stage) {
      const { detector, forwarder } = stage.parts;
      await detector.emit(40, 500);
      await eventually(
        async () => [detector.kept, await stage.ledger()] as const,
        ([kept, ledger]) => kept === 0 && ledger?.pending === 0 && ledger.stored === stage.published,
        60_000,
      );
      forwarder.env = otherClock('+8d');
      await forwarder.dieAt(['spool/during-fold'], 30_000);
      forwarder.env = {};
      await detector.emit(10, 200);
    },
  },
];
