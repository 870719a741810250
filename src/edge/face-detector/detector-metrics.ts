import type { Metrics } from '../../platform/metrics.ts';

export type DetectorMetrics = ReturnType<typeof detectorMetrics>;

/** What the face-detector counts. */
export function detectorMetrics(metrics: Metrics) {
  return {
    faces: metrics.counter('faces_found_total', 'Faces found in frames.', ['camera']),
    passedOver: metrics.counter('faces_passed_over_total', 'Faces found and not captured.', ['camera', 'reason']),
    captures: metrics.counter('captures_total', 'Captures made.', ['camera']),
    captureBytes: metrics.counter('captures_bytes_total', 'Bytes of the captures made.', ['camera']),
    inference: metrics.histogram(
      'inference_seconds',
      'Time of one inference.',
      [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
      ['camera'],
    ),
  };
}
