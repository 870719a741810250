/** A list of names with commas between them. @throws Error that names the flag and what is known. */
export function namesOf<Name extends string>(text: string, known: readonly Name[], flag: string): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !known.includes(name as Name));
  if (wrong !== undefined) throw new Error(`Expected ${flag} with some of ${known.join(', ')}, got ${wrong}.`);
  return names as Name[];
}

/** @throws Error that names the flag. */
export function positive(text: string, flag: string): number {
  if (!(Number(text) > 0)) throw new Error(`Expected ${flag} with a number above 0, got ${text}.`);
  return Number(text);
}
