import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { startMosquitto } from '../../support/mosquitto.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';

/** Rows 23 to 25: services that come, go and meet their doubles. */
export const FLEET_ROWS: readonly FaultRow[] = [
  {
    row: 23,
    name: 'a second forwarder on the same spool, and a second image-processor of the same name',
    async play(stage) {
      const { detector } = stage.parts;
      const double = await stage.addGuest('forwarder');
      await stage.addProcessor({ SIGHTLINE_PROCESSOR_ID: 'p1' });
      await whileFlowing(detector, 40, async () => {
        await eventually(
          () => double.crashes,
          (crashes) => crashes.length > 0,
          30_000,
        );
        await sleep(2_000);
      });
      const said = double.crashes.join();
      await double.stop();
      if (!/another process has it open/.test(said)) throw new Error(`Expected the spool to be taken, got ${said}`);
    },
  },
  {
    row: 23,
    name: 'a second forwarder of the same name with a spool of its own: one owner, no fight',
    stage: () => ({ sharesLedger: true, bareRatio: 0 }),
    async play(stage) {
      const { detector, cloudLink } = stage.parts;
      const double = await stage.addGuest('forwarder', { SIGHTLINE_SPOOL_PATH: `${stage.path}/other-spool` });
      await detector.emit(60, 6_000);
      const before = cloudLink.accepted;
      await sleep(10_000);
      const connects = cloudLink.accepted - before;
      await double.stop();
      if (connects > 12) throw new Error(`Expected an owner, got ${connects} connections within 10 s`);
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 24,
    name: 'image-processors under load: 1, 4, 0, 2',
    async play(stage) {
      const { detector } = stage.parts;
      await whileFlowing(detector, 40, async () => {
        const added = [await stage.addProcessor(), await stage.addProcessor(), await stage.addProcessor()];
        await Promise.all(added.map((processor) => processor.alive()));
        await sleep(1_000);
        const all = [...stage.processors];
        const beganMs = performance.now();
        const codes = await Promise.all(all.map((processor) => processor.stop()));
        const seconds = (performance.now() - beganMs) / 1000;
        if (codes.some((code) => code !== 0)) throw new Error(`Expected exit code 0, got ${codes}`);
        if (seconds > 15) throw new Error(`Expected an end within 10 s, got ${seconds.toFixed(1)}`);
        await sleep(500);
        for (const processor of all.slice(0, 2)) processor.start();
      });
    },
    maxRecoveryMs: 90_000,
  },
  {
    row: 25,
    name: 'a broker that was another listens where the cloud broker was, lets nobody in, then all is well',
    async play(stage, random) {
      const { detector, cloud } = stage.parts;
      await detector.emit(10, 300);
      await cloud.kill();
      await detector.emit(10, 300);
      await cloud.stop();
      const refusing = await startMosquitto({
        port: cloud.port,
        listener: ['listener {port} 127.0.0.1', 'allow_anonymous false'],
      });
      await detector.emit(10, random.between(2_000, 5_000));
      await refusing.stop();
      stage.parts.cloud = await startMosquitto({ port: cloud.port });
      stage.faultIsOver();
      await detector.emit(10, 300);
    },
    maxRecoveryMs: 120_000,
  },
];
