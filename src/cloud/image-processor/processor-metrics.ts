import { LATENCY_BUCKETS_SECONDS, type Metrics } from '../../platform/metrics.ts';
import type { MemoryWindow } from './memory-window.ts';

const PUT_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

/** All that a processor counts. */
export function processorMetrics(metrics: Metrics) {
  return {
    objects: metrics.counter(
      'objects_total',
      'Objects that are in the store: created, or found there with the same bytes.',
      ['result'],
    ),
    storedBytes: metrics.counter('stored_bytes_total', 'Bytes of objects created.'),
    refused: metrics.counter('processor_refused_total', 'Messages that may not become objects.', ['kind', 'reason']),
    quarantined: metrics.counter('quarantined_total', 'Refused messages that the store keeps under quarantine/.'),
    givenUp: metrics.counter('given_up_total', 'Captures left without a receipt for their keeper to send again.', [
      'code',
    ]),
    storeErrors: metrics.counter('store_errors_total', 'Puts and probes that failed, before they were tried again.', [
      'code',
    ]),
    receipts: metrics.counter('receipts_sent_total', 'Captures in receipts that the broker has.', ['state']),
    receiptsLost: metrics.counter('receipts_lost_total', 'Captures in receipts that did not reach the broker.'),
    putSeconds: metrics.histogram('store_put_seconds', 'How long one put took, failed ones too.', PUT_BUCKETS_SECONDS),
    captureToStoredSeconds: metrics.histogram(
      'capture_to_stored_seconds',
      "From a capture's own time to its object, by the clocks of both machines.",
      LATENCY_BUCKETS_SECONDS,
    ),
  };
}

export type ProcessorMetrics = ReturnType<typeof processorMetrics>;

/** Shows how full the window is. */
export function observeWindow(metrics: Metrics, window: MemoryWindow): void {
  metrics.observed('processor_in_flight', 'Messages in memory.', {}, () => window.messages);
  metrics.observed('processor_in_flight_bytes', 'Bytes of the messages in memory.', {}, () => window.bytes);
}
