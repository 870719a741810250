import { type Descriptor, distance } from './recogniser.ts';

/** Persons' own descriptors, from the best pictures there are of them. */
export type References = ReadonlyMap<string, Descriptor>;

/**
 * What a picture of a face is worth: how much nearer it is to its own person than to the others (ISO/IEC 29794-5's
 * «utility»; by recognition itself as in Terhörst et al., SER-FIQ, 2020).
 *
 * @returns 0: no nearer to its own person than to any other; 1: at its own reference
 */
export function utilityOf(descriptor: Descriptor, person: string, references: References): number {
  const own = references.get(person);
  if (!own) throw new Error(`Expected a reference for each person, got none for ${person}.`);
  let sum = 0;
  for (const [other, reference] of references) if (other !== person) sum += distance(descriptor, reference);
  return Math.min(1, Math.max(0, 1 - (distance(descriptor, own) * (references.size - 1)) / sum));
}

export function meanDescriptor(descriptors: readonly Descriptor[]): Descriptor {
  const numbers = descriptors[0]?.length ?? 0;
  return Float32Array.from({ length: numbers }, (_, i) => {
    return descriptors.reduce((sum, descriptor) => sum + (descriptor[i] ?? 0), 0) / descriptors.length;
  });
}
