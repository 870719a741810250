import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import type { ConfigLayer } from '../platform/config/layer.ts';
import { configSchema } from '../platform/config/schema.ts';
import { childSchema, type Path } from '../platform/config/schema-walk.ts';
import { readTextValue } from '../platform/config/text-value.ts';
import type { ServiceName } from '../platform/default-ports.ts';
import { errorMessage, UsageError } from '../platform/sightline-error.ts';

/** A flag that is a key of the configuration. */
interface KeyFlag {
  readonly path: Path;
  readonly value: string;
  readonly words?: string;
  /** Services that read the key; `up` runs them all. Left out: every service. */
  readonly readers?: readonly ServiceName[];
}

const DETECTOR = ['face-detector'] as const;

/** For the common keys; every key has a variable too. */
const KEY_FLAGS: Readonly<Record<string, KeyFlag>> = {
  source: {
    path: ['cameras'],
    value: 'S',
    words: 'camera: /dev/video0, rtsp://…, http://…, a video, an image, a folder, or sample',
    readers: DETECTOR,
  },
  store: {
    path: ['store', 'url'],
    value: 'DIR|URL',
    words: 'where faces land: a folder, file:///… or s3://bucket/prefix',
    readers: ['image-processor'],
  },
  mode: {
    path: ['capture', 'mode'],
    value: 'best|every',
    words: 'one image per visit, or every face of every frame',
    readers: DETECTOR,
  },
  'min-quality': {
    path: ['capture', 'minQuality'],
    value: 'X',
    words: '0 to 1: faces of a lower quality are not sent',
    readers: DETECTOR,
  },
  'min-score': {
    path: ['detector', 'minScore'],
    value: 'X',
    words: '0.01 to 1: what is less surely a face is none',
    readers: DETECTOR,
  },
  model: { path: ['detector', 'model'], value: 'auto|ssd|yunet', readers: DETECTOR },
  provider: { path: ['detector', 'provider'], value: 'cpu|cuda|tensorrt|coreml|directml|openvino', readers: DETECTOR },
  outbox: { path: ['outbox', 'type'], value: 'memory|disk', readers: DETECTOR },
  format: { path: ['capture', 'format'], value: 'png|jpeg|webp', readers: DETECTOR },
  device: { path: ['device'], value: 'NAME', readers: ['face-detector', 'forwarder'] },
  'edge-broker': {
    path: ['edge', 'broker'],
    value: 'URL',
    readers: ['face-detector', 'message-logger', 'forwarder'],
  },
  'cloud-broker': { path: ['cloud', 'broker'], value: 'URL', readers: ['forwarder', 'image-processor'] },
  spool: { path: ['spool', 'path'], value: 'DIR', readers: ['forwarder'] },
  'http-port': { path: ['http', 'port'], value: 'N' },
  'log-level': { path: ['log', 'level'], value: 'LEVEL' },
};

/** The camera that `--source` stands for. */
const FLAG_CAMERA = 'camera';

/** Columns of a line of help, and of the flags in it, without the indent. */
const HELP_WIDTH = 110;
const HELP_COLUMN = 22;
const CONFIG_HELP = `${'--config FILE'.padEnd(HELP_COLUMN)}configuration (default: sightline.yaml, if there is one)`;

export interface ParsedFlags {
  readonly configFile: string | undefined;
  readonly layer: ConfigLayer;
  /** Flags of the command itself. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

/** What the help of a service says of the flags that are keys: those that it reads, first those that need words. */
export function configFlagsHelp(service: ServiceName): string {
  const flags = flagsOf(service).map(([flag, { value, words }]) => ({ usage: `--${flag} ${value}`, words }));
  const described = flags.filter(({ words }) => words !== undefined);
  const lines = described.map(({ usage, words }) => `${usage.padEnd(HELP_COLUMN)}${words}`);
  for (const { usage } of flags.filter(({ words }) => words === undefined)) {
    const last = lines.length > described.length ? lines.pop() : undefined;
    if (last === undefined) lines.push(usage);
    else if (last.length + usage.length + 2 <= HELP_WIDTH) lines.push(`${last}  ${usage}`);
    else lines.push(last, usage);
  }
  return `\n${[CONFIG_HELP, ...lines].map((line) => `  ${line}`).join('\n')}`;
}

/**
 * Reads the flags that configure a service, and its own.
 * @throws UsageError for an unknown flag or a missing value.
 */
export function parseConfigFlags(
  service: ServiceName,
  args: readonly string[],
  own: Readonly<Record<string, ParseArgsOptionDescriptor>> = {},
): ParsedFlags {
  const flags = flagsOf(service);
  const keys = Object.fromEntries(flags.map(([flag]) => [flag, { type: 'string' as const }]));
  const options = { ...keys, ...own, config: { type: 'string' as const } };
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as typeof values;
  } catch (error) {
    throw new UsageError(`${service}: ${errorMessage(error)}`, `See \`sightline ${service} --help\`.`);
  }
  const entries = flags.flatMap(([flag, { path }]) => {
    const text = values[flag];
    return typeof text === 'string' ? [{ path, value: readFlag(path, text) }] : [];
  });
  const { config } = values;
  return {
    configFile: typeof config === 'string' ? config : undefined,
    layer: { entries, describe: describeFlag },
    own: values,
  };
}

function flagsOf(service: ServiceName): [string, KeyFlag][] {
  return Object.entries(KEY_FLAGS).filter(
    ([, { readers }]) => service === 'up' || readers === undefined || readers.includes(service),
  );
}

function readFlag(path: Path, text: string): unknown {
  if (path[0] === 'cameras') return [{ id: FLAG_CAMERA, source: text }];
  let schema: Parameters<typeof readTextValue>[0] | undefined = configSchema;
  for (const step of path) schema = schema && childSchema(schema, step);
  return schema ? readTextValue(schema, text) : text;
}

function describeFlag(path: Path): string {
  const flag = Object.entries(KEY_FLAGS).find(([, key]) => key.path.every((step, index) => path[index] === step))?.[0];
  return flag ? `--${flag}` : path.join('.');
}
