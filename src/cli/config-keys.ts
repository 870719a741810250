import { z } from 'zod';
import { readEnvironment } from '../platform/config/environment.ts';
import { configSchema } from '../platform/config/schema.ts';

/** One node of the JSON Schema, as far as it is read here. */
export interface SchemaNode {
  type?: string | readonly string[];
  readonly description?: string;
  default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  pattern?: string;
}

/** One key of the configuration that holds a value. */
export interface ConfigKey {
  /** Steps from the root; 0 for an item of a list. */
  readonly path: readonly (string | number)[];
  readonly type: string;
  readonly description: string;
  /** Undefined where there is none. Sizes as text with their unit. */
  readonly default: unknown;
  readonly isRequired: boolean;
  readonly variable: string;
}

/** The JSON Schema of sightline.yaml (what may be written, before defaults), with the defaults that zod can't express filled in. */
export function configJsonSchema(): SchemaNode {
  const schema: SchemaNode = {
    ...(z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode),
    ...{ title: 'sightline.yaml' },
  };
  fillDefaults(schema, configSchema.parse({}));
  for (const section of Object.values(schema.properties ?? {})) {
    // A section over nothing but comments is null in YAML.
    if (section.properties || section.items) section.type = [section.properties ? 'object' : 'array', 'null'];
    allowShorthand(section);
  }
  return schema;
}

/** All keys with values, in the schema's order. */
export function configKeys(): ConfigKey[] {
  const { describe } = readEnvironment(configSchema, {});
  const walk = (node: SchemaNode, path: readonly (string | number)[], isRequired: boolean): ConfigKey[] => {
    const children = Object.entries(node.properties ?? {});
    if (children.length > 0) {
      return children.flatMap(([key, child]) => walk(child, [...path, key], node.required?.includes(key) ?? false));
    }
    if (node.items) return walk(node.items, [...path, 0], isRequired);
    const { description = '' } = node;
    return [
      { path, type: describeType(node), description, default: node.default, isRequired, variable: describe(path) },
    ];
  };
  return walk(configJsonSchema(), [], false);
}

/** A section with alternatives may be named by its type alone; a pattern binds texts only. */
function allowShorthand(section: SchemaNode): void {
  const types = section.properties?.type?.enum;
  if (!types || !Array.isArray(section.type)) return;
  section.type = [...section.type, 'string'];
  section.pattern = `^(${types.join('|')})$`;
}

function fillDefaults(node: SchemaNode, value: unknown): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const inner = (value as Record<string, unknown>)[key];
    if (child.properties) fillDefaults(child, inner);
    else if (isSize(child) && typeof inner === 'number') child.default = describeSize(inner);
    else if (typeof inner === 'string') child.default ??= inner;
  }
}

/** Sizes are the only values that may be a number or a text. */
function isSize({ type }: SchemaNode): boolean {
  return Array.isArray(type) && type.includes('number') && type.includes('string');
}

function describeSize(bytes: number): string {
  const units = ['GiB', 'MiB', 'KiB'] as const;
  const unit = units.findIndex((_, index) => bytes % 2 ** (30 - index * 10) === 0);
  return unit < 0 ? `${bytes}B` : `${bytes / 2 ** (30 - unit * 10)}${units[unit]}`;
}

function describeType(node: SchemaNode): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.join(', ');
  if (node.anyOf) return [...new Set(node.anyOf.flatMap((choice) => describeType(choice).split(', ')))].join(', ');
  if (isSize(node)) return 'size';
  const { type, minimum, maximum = Number.MAX_SAFE_INTEGER, exclusiveMinimum } = node;
  const lowest = exclusiveMinimum === undefined ? minimum : `more than ${exclusiveMinimum}`;
  const bounds = [lowest, maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined].filter(
    (bound) => bound !== undefined,
  );
  const range =
    bounds.length === 2
      ? ` ${bounds.join(' to ')}`
      : bounds.length === 1
        ? ` ${exclusiveMinimum === undefined ? 'from ' : ''}${bounds[0]}`
        : '';
  const names: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true, false' };
  const name = typeof type === 'string' ? (names[type] ?? type) : 'value';
  return `${name}${type === 'string' ? '' : range}`;
}
