import { LATENCY_BUCKETS_SECONDS, type Metrics } from '../../platform/metrics.ts';
import type { Spool } from '../../platform/spool/spool.ts';

export type ForwarderMetrics = ReturnType<typeof forwarderMetrics>;

/** What the forwarder counts, and what its spool and books say. */
export function forwarderMetrics(metrics: Metrics, spool: Pick<Spool, 'status'>, suspects: () => number = () => 0) {
  metrics.observed(
    'spool_captures',
    'Captures in the spool that have no receipt of the store yet.',
    {},
    () => spool.status.counts.pending,
  );
  metrics.observed('spool_bytes', 'Bytes of the captures in the spool.', {}, () => spool.status.pendingBytes);
  metrics.observed(
    'spool_used_bytes',
    'Bytes of disk that images in the spool occupy.',
    {},
    () => spool.status.usedBytes,
  );
  metrics.observed(
    'spool_quarantine_bytes',
    'Bytes of refused captures that are kept.',
    {},
    () => spool.status.quarantineBytes,
  );
  metrics.observed('spool_disk_full', 'Whether the spool does not grow, since its disk is short.', {}, () =>
    Number(spool.status.isDiskFull),
  );
  metrics.observed('spool_oldest_age_seconds', 'How long the oldest capture has waited in the spool.', {}, () => {
    const { oldestArrivedAtMs } = spool.status;
    return oldestArrivedAtMs === null ? 0 : Math.max(0, (Date.now() - oldestArrivedAtMs) / 1000);
  });
  metrics.observed(
    'spool_suspects',
    'Captures that fail even alone while others are answered: set aside.',
    {},
    suspects,
  );
  metrics.observed('ledger_captured', 'Captures that were ever kept here.', {}, () => spool.status.captured);
  metrics.observed(
    'ledger_gap',
    'Captured less what the books account for: 0 when they balance; NaN while a damaged spool is taken over.',
    {},
    () => (spool.status.gap === 'unknown' ? Number.NaN : spool.status.gap),
  );
  metrics.observed(
    'ledger_unkept',
    "Captures that never came, by the gaps in their detectors' numbers.",
    {},
    () => spool.status.unkept,
  );
  for (const state of ['stored', 'refused', 'evicted', 'released'] as const) {
    metrics.observed(
      'spool_settled_captures',
      'Captures whose custody ended here, by how.',
      { state },
      () => spool.status.counts[state],
    );
  }
  return {
    received: metrics.counter('forwarder_received_total', 'Messages from the edge broker that are images.', ['kind']),
    duplicates: metrics.counter('forwarder_duplicates_total', 'Images that came again and were absorbed.', ['kind']),
    refused: metrics.counter('forwarder_refused_total', 'Messages that were refused.', ['reason']),
    sent: metrics.counter('forwarder_sent_total', 'Captures handed to the cloud broker, repeats included.'),
    resent: metrics.counter('forwarder_resent_total', 'Captures sent again because no receipt came.'),
    commitFailures: metrics.counter(
      'spool_commit_failures_total',
      'Captures that the disk could not take; their sender keeps them.',
    ),
    held: metrics.histogram('capture_to_held_seconds', 'From the camera to the spool.', LATENCY_BUCKETS_SECONDS),
    stored: metrics.histogram(
      'capture_to_receipt_seconds',
      'From the camera to the receipt of the store.',
      LATENCY_BUCKETS_SECONDS,
    ),
  };
}
