/** A value of a HOCON file: numbers and words are text. */
export type Hocon = string | Hocon[] | { [key: string]: Hocon };

/**
 * Reads as much of HOCON (lightbend/config, HOCON.md) as our configuration of EMQX uses: `a.b = value`, `a.b { … }`, lists, strings,
 * comments. Later keys are added to earlier objects.
 * @throws Error at anything else, at a bracket that is not closed, and at a key that stands there twice
 */
export function parseHocon(text: string): { [key: string]: Hocon } {
  const all = text.match(/#.*|"[^"\n]*"|[{}[\]=,\n]|[^\s{}[\]=,"#]+/g) ?? [];
  const words = all.filter((word) => !word.startsWith('#'));
  let at = 0;
  const skipBreaks = () => {
    while (words[at] === '\n' || words[at] === ',') at += 1;
  };
  const fail = (expected: string): never => {
    throw new Error(`Expected ${expected}, got ${JSON.stringify(words[at] ?? 'the end')} (word ${at})`);
  };

  const readValue = (): Hocon => {
    const word = words[at];
    if (word === undefined || /^[}\]=,\n]$/.test(word)) return fail('a value');
    at += 1;
    if (word === '{') return readObject('}');
    if (word === '[') return readList();
    return word.startsWith('"') ? word.slice(1, -1) : word;
  };
  const readList = (): Hocon[] => {
    const list: Hocon[] = [];
    for (skipBreaks(); words[at] !== ']'; skipBreaks()) list.push(readValue());
    at += 1;
    return list;
  };
  const readObject = (end: '}' | undefined): { [key: string]: Hocon } => {
    const object: { [key: string]: Hocon } = {};
    for (skipBreaks(); words[at] !== end; skipBreaks()) {
      const key = words[at];
      if (key === undefined || !/^[A-Za-z_][\w.]*$/.test(key)) return fail('a key');
      at += 1;
      if (words[at] === '=') at += 1;
      else if (words[at] !== '{') fail('= or {');
      put(object, key.split('.'), readValue());
    }
    at += 1;
    return object;
  };
  return readObject(undefined);
}

function put(object: { [key: string]: Hocon }, [key = '', ...rest]: string[], value: Hocon): void {
  const there = object[key];
  // `a.b = 1` is `a { b = 1 }`.
  const added = rest.length === 0 ? value : {};
  if (there === undefined) object[key] = added;
  else if (!isObject(there) || !isObject(added)) throw new Error(`Expected ${key} once, got it twice`);
  else for (const [name, inner] of Object.entries(added)) put(there, [name], inner);
  if (rest.length > 0) put(object[key] as { [key: string]: Hocon }, rest, value);
}

function isObject(value: Hocon): value is { [key: string]: Hocon } {
  return typeof value !== 'string' && !Array.isArray(value);
}
