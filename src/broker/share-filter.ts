export interface Share {
  readonly group: string;
  readonly filter: string;
}

const PREFIX = '$share/';

/** Does a subscription ask for a share of the messages instead of all of them? */
export function isShare(topic: string): boolean {
  return topic === '$share' || topic.startsWith(PREFIX);
}

/** Reads `$share/<group>/<filter>` (MQTT 5 §4.8.2). Returns undefined where the name is empty or has a wildcard, or the filter is missing. */
export function parseShare(topic: string): Share | undefined {
  const end = topic.indexOf('/', PREFIX.length);
  if (!topic.startsWith(PREFIX) || end < 0) return undefined;
  const group = topic.slice(PREFIX.length, end);
  const filter = topic.slice(end + 1);
  return group === '' || /[+#]/.test(group) || filter === '' ? undefined : { group, filter };
}

/** A filter that begins with a wildcard does not match topics that begin with `$` [MQTT-4.7.2-1]. */
export function hidesTopic(filter: string, topic: string): boolean {
  return topic.startsWith('$') && /^[+#]/.test(filter);
}
