/**
 * Notes which fields of a value are read. The compiled schemas of kubernetes-models allow additional properties and
 * never look at them, so after a validation a field that was not read is one that no schema knows.
 */
export function watchReads(value: object): { watched: unknown; unread: () => string[] } {
  const reads = new Map<object, Set<string>>();
  const wrap = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    const read = reads.get(node) ?? new Set<string>();
    reads.set(node, read);
    return new Proxy(node, {
      get(target, key) {
        if (typeof key === 'string') read.add(key);
        return wrap(Reflect.get(target, key));
      },
    });
  };
  const collect = (node: unknown, path: string): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const read = reads.get(node);
    return Object.entries(node).flatMap(([key, child]) =>
      read?.has(key) ? collect(child, `${path}/${key}`) : [`${path}/${key}`],
    );
  };
  return { watched: wrap(value), unread: () => collect(value, '') };
}
