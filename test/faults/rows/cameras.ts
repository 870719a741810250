import { join } from 'node:path';
import mqtt from 'mqtt';
import { readMetadata } from '../../../src/contract/capture-metadata.ts';
import { sha256Hex } from '../../../src/contract/sha256.ts';
import { captureFilter, parseTopic } from '../../../src/contract/topics.ts';
import { eventually } from '../../support/eventually.ts';
import { makePhotos } from '../../support/photos.ts';
import type { FaultRow } from '../fault-row.ts';
import type { Stage } from '../stage.ts';

const PREFIX = 'face_detection';

/** Notes what real face-detectors publish, as if it had published it itself. */
async function witness(stage: Stage): Promise<void> {
  const client = mqtt.connect(stage.parts.edge.url, { reconnectPeriod: 100 });
  stage.onStop(() => client.endAsync(true));
  const seen = new Set<string>();
  client.on('message', (topic, bytes) => {
    const address = parseTopic(PREFIX, topic);
    if (address.type !== 'capture' || seen.has(address.id)) return;
    seen.add(address.id);
    stage.parts.detector.emitted.push({ ...address, topic, bytes, sha256: sha256Hex(bytes) });
  });
  await client.subscribeAsync(captureFilter(PREFIX), { qos: 1 });
}

function row(outbox: 'memory' | 'disk', isQuick: boolean): FaultRow {
  return {
    row: 1,
    name: `a real face-detector dies after capture and after publish, outbox ${outbox === 'disk' ? 'on disk' : 'in memory'}`,
    isQuick,
    stage: () => ({ config: { capture: { mode: 'every', format: 'png' } } }),
    async play(stage, random) {
      await makePhotos(join(stage.path, 'photos'), 24);
      await witness(stage);
      const detector = await stage.addGuest('face-detector', {
        SIGHTLINE_CAMERAS_0_ID: 'door',
        SIGHTLINE_CAMERAS_0_SOURCE: join(stage.path, 'photos'),
        SIGHTLINE_CAMERAS_0_FPS: '6',
        SIGHTLINE_OUTBOX_TYPE: outbox,
        SIGHTLINE_OUTBOX_PATH: join(stage.path, 'outbox'),
        SIGHTLINE_OUTBOX_MIN_FREE_BYTES: '1',
      });
      const passes = [1 + random.below(6), 1 + random.below(6)];
      await detector.dieAt(
        [`detector/after-capture:${passes[0] ?? 1}`, `detector/after-publish:${passes[1] ?? 1}`],
        90_000,
      );
      const before = stage.published;
      await eventually(
        () => stage.published,
        (published) => published > before + 5,
        60_000,
      );
      await detector.stop('SIGKILL');
      stage.faultIsOver();
      if (outbox === 'disk') await allOfEachRun(stage, detector);
    },
  };
}

/** On disk nothing that was captured may be missing but what was being written: the numbers of each run have no gap. */
async function allOfEachRun(
  stage: Stage,
  detector: { start(): void; metric(name: string): Promise<number | undefined> },
): Promise<void> {
  detector.start();
  // Until the folder has been played to its end: what is on its way meanwhile is nobody's loss.
  let last = { published: -1, atMs: 0 };
  await eventually(
    async () => {
      const { published } = stage;
      if (published !== last.published) last = { published, atMs: performance.now() };
      const isQuiet = performance.now() - last.atMs > 3_000;
      return isQuiet && (await detector.metric('outbox_captures')) === 0;
    },
    Boolean,
    60_000,
  );
  const seqs = new Map<string, Set<number>>();
  for (const { bytes } of stage.parts.detector.emitted) {
    const { run, seq } = readMetadata(bytes) ?? {};
    if (run === undefined || seq === undefined) continue;
    seqs.set(run, (seqs.get(run) ?? new Set()).add(seq));
  }
  for (const [run, found] of seqs) {
    const missing = Array.from({ length: Math.max(...found) }, (_, index) => index + Math.min(...found)).filter(
      (seq) => seq < Math.max(...found) && !found.has(seq),
    );
    if (missing.length > 0) throw new Error(`Expected no gap in run ${run}, got none of ${missing.join(', ')}`);
  }
}

/** Row 1: kill -9 of a face-detector. */
export const CAMERA_ROWS: readonly FaultRow[] = [row('memory', true), row('disk', false)];
