import { LATENCY_BUCKETS_SECONDS, type Metrics } from '../../platform/metrics.ts';
import type { Spool } from '../../platform/spool/spool.ts';

export type ForwarderMetrics = ReturnType<typeof forwarderMetrics>;

/** What the forwarder counts. */
export function forwarderMetrics(metrics: Metrics, spool: Spool) {
  metrics.observed(
    'spool_captures',
    'Captures in the spool that have no receipt of the store yet.',
    {},
    () => spool.status.counts.pending,
  );
  metrics.observed('spool_bytes', 'Bytes of the captures in the spool.', {}, () => spool.status.pendingBytes);
  metrics.observed('spool_oldest_age_seconds', 'How long the oldest capture has waited in the spool.', {}, () => {
    const { oldestArrivedAtMs } = spool.status;
    return oldestArrivedAtMs === null ? 0 : Math.max(0, (Date.now() - oldestArrivedAtMs) / 1000);
  });
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
