import type { z } from 'zod';

/** The part of zod's inner description that the walk reads. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly values?: readonly unknown[];
}

export type Path = readonly (string | number)[];

/** What stands behind defaults, options and transformations. */
function core(schema: z.core.$ZodType): Definition {
  const definition = schema._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in;
  return inner ? core(inner) : definition;
}

/** Keys that an object schema knows; undefined for anything else. */
export function knownKeys(schema: z.core.$ZodType): readonly string[] | undefined {
  const { shape } = core(schema);
  return shape && Object.keys(shape);
}

/** The schema one step down: a key of an object, any index of an array. */
export function childSchema(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  const { shape, element } = core(schema);
  if (element) return typeof step === 'number' || /^\d+$/.test(step) ? element : undefined;
  return shape && Object.hasOwn(shape, step) ? shape[step] : undefined;
}

export function isArraySchema(schema: z.core.$ZodType): boolean {
  return core(schema).element !== undefined;
}

/** Does a text such as "8" mean a number here, or is it a text? */
export function acceptsNumber(schema: z.core.$ZodType): boolean {
  const { type, options, values } = core(schema);
  return (
    type === 'number' ||
    (values ?? []).some((value) => typeof value === 'number') ||
    (options ?? []).some(acceptsNumber)
  );
}

export function acceptsBoolean(schema: z.core.$ZodType): boolean {
  return core(schema).type === 'boolean';
}

/** A section with alternatives may be named by its type alone: the schema of that type. */
export function typeSchema(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return childSchema(schema, 'type');
}

/**
 * Sections as they are meant: one with nothing in it (`edge:` over comments) is null in YAML and means what leaving it out means;
 * `outbox: disk` is short for its type.
 */
export function withSections(
  schema: z.core.$ZodType,
  tree: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    const child = childSchema(schema, key);
    if (value === null && child && (knownKeys(child) || isArraySchema(child))) return [];
    return [[key, typeof value === 'string' && child && typeSchema(child) ? { type: value } : value]];
  });
  return Object.fromEntries(entries);
}
