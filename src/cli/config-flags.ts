import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import type { ConfigLayer } from '../platform/config/layer.ts';
import { configSchema } from '../platform/config/schema.ts';
import { childSchema, type Path } from '../platform/config/schema-walk.ts';
import { readTextValue } from '../platform/config/text-value.ts';
import { errorMessage, UsageError } from '../platform/sightline-error.ts';

/** Flags that are keys of the configuration, for the common ones; every key has a variable too. */
const KEY_FLAGS: Readonly<Record<string, Path>> = {
  device: ['device'],
  store: ['store', 'url'],
  mode: ['capture', 'mode'],
  format: ['capture', 'format'],
  model: ['detector', 'model'],
  'min-score': ['detector', 'minScore'],
  'edge-broker': ['edge', 'broker'],
  'cloud-broker': ['cloud', 'broker'],
  spool: ['spool', 'path'],
  'http-port': ['http', 'port'],
  'log-level': ['log', 'level'],
};

/** The camera that `--source` stands for. */
const FLAG_CAMERA = 'camera';

export const CONFIG_FLAGS_HELP = `
  --config FILE         configuration (default: sightline.yaml, if there is one)
  --source S            camera: /dev/video0, rtsp://…, http://…, a video, an image, a folder, or sample
  --store DIR|URL       where faces land: a folder, file:///… or s3://bucket/prefix
  --mode best|every     one image per visit, or every face of every frame
  --model auto|ssd|yunet
  --format png|jpeg|webp
  --min-score X         0.01 to 1
  --device NAME  --edge-broker URL  --cloud-broker URL  --spool DIR  --http-port N  --log-level LEVEL`;

export interface ParsedFlags {
  readonly configFile: string | undefined;
  readonly layer: ConfigLayer;
  /** Flags of the command itself. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

/**
 * Reads the flags that configure any service, and a command's own.
 * @throws UsageError for an unknown flag or a missing value.
 */
export function parseConfigFlags(
  command: string,
  args: readonly string[],
  own: Readonly<Record<string, ParseArgsOptionDescriptor>> = {},
): ParsedFlags {
  const keys = Object.fromEntries(Object.keys(KEY_FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  const options = { ...keys, ...own, config: { type: 'string' as const }, source: { type: 'string' as const } };
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as typeof values;
  } catch (error) {
    throw new UsageError(`${command}: ${errorMessage(error)}`, `See \`sightline ${command} --help\`.`);
  }
  const entries = Object.entries(KEY_FLAGS).flatMap(([flag, path]) => {
    const text = values[flag];
    return typeof text === 'string' ? [{ path, value: readFlag(path, text) }] : [];
  });
  if (typeof values.source === 'string')
    entries.push({ path: ['cameras'], value: [{ id: FLAG_CAMERA, source: values.source }] as never });
  const { config } = values;
  return {
    configFile: typeof config === 'string' ? config : undefined,
    layer: { entries, describe: describeFlag },
    own: values,
  };
}

function readFlag(path: Path, text: string): string | number | boolean {
  let schema: Parameters<typeof readTextValue>[0] | undefined = configSchema;
  for (const step of path) schema = schema && childSchema(schema, step);
  return schema ? readTextValue(schema, text) : text;
}

function describeFlag(path: Path): string {
  const flag = Object.entries(KEY_FLAGS).find(([, key]) => key.join('.') === path.join('.'))?.[0];
  return flag ? `--${flag}` : path[0] === 'cameras' ? '--source' : path.join('.');
}
