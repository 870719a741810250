import type { Metrics } from '../../../platform/metrics.ts';
import type { Outbox } from './outbox.ts';

export type OutboxMetrics = ReturnType<typeof outboxMetrics>;

/** What an outbox counts. */
export function outboxMetrics(metrics: Metrics) {
  return {
    sent: metrics.counter('outbox_sent_total', 'Captures handed to the edge broker, repeats included.'),
    resent: metrics.counter('outbox_resent_total', 'Captures sent again because no receipt came.'),
    settled: metrics.counter('outbox_settled_total', 'Captures that left the outbox, by how.', ['state']),
    evicted: metrics.counter(
      'outbox_evicted_total',
      'Captures shed, by why: the outbox is full, its disk has too little room left, an operator gave them up.',
      ['reason'],
    ),
    commitFailures: metrics.counter(
      'outbox_commit_failures_total',
      'Captures that the disk of the outbox could not take.',
    ),
  };
}

/** What is read from an outbox that has started. */
export function observeOutbox(metrics: Metrics, outbox: Outbox): void {
  metrics.observed('outbox_captures', 'Captures in the outbox that no forwarder has yet.', {}, () => outbox.captures);
  metrics.observed('outbox_bytes', 'Bytes of the captures in the outbox.', {}, () => outbox.status.bytes);
  metrics.observed(
    'outbox_oldest_age_seconds',
    'How long the oldest capture has waited in the outbox.',
    {},
    () => outbox.oldestAgeSeconds,
  );
  metrics.observed(
    'outbox_too_large_captures',
    'Captures that wait because neither the edge broker nor send.maxBytes allows their size.',
    {},
    () => outbox.tooLarge,
  );
  metrics.observed(
    'outbox_suspect_captures',
    'Captures that failed even when they were sent alone.',
    {},
    () => outbox.suspects,
  );
  metrics.observed(
    'outbox_ledger_gap',
    'Captures less those accounted for: 0 when the books balance, NaN while that is not known.',
    {},
    () => (outbox.status.gap === 'unknown' ? Number.NaN : outbox.status.gap),
  );
}
