/**
 * The sum of one metric over all its labels, in Prometheus' text format; undefined where it is not there.
 *
 * @param name in full, such as `sightline_inference_seconds_count`.
 */
export function metricSum(text: string, name: string): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const match = /^(?:\{[^}]*\})? (\S+)$/.exec(line.slice(name.length));
    if (match) sum = (sum ?? 0) + Number(match[1]);
  }
  return sum;
}
