import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { readEnvironment } from './config/environment.ts';
import { type ConfigFile, readConfigFile } from './config/file.ts';
import { describeIssues } from './config/issues.ts';
import { applyLayer, type ConfigLayer, layerSets } from './config/layer.ts';
import { migrateConfig } from './config/migrations.ts';
import { type Config, configSchema } from './config/schema.ts';
import { type Path, withSections } from './config/schema-walk.ts';
import { UsageError } from './sightline-error.ts';

const DEFAULT_FILE = 'sightline.yaml';

export interface ConfigSources {
  /** Path of sightline.yaml. Default: SIGHTLINE_CONFIG, then sightline.yaml here if there is one. */
  readonly file?: string | undefined;
  readonly flags?: ConfigLayer | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read, if any. */
  readonly file: string | undefined;
  /** Did anybody set this key, or is its value the default? */
  isSet(path: Path): boolean;
  /** Who set this key or something below it: file and line, variable or flag. Undefined: its value is the default. */
  origin(path: Path): string | undefined;
}

/**
 * Reads the configuration once, at start: file, then environment, then flags; the later wins.
 * @throws UsageError that names for every fault the place (file and line, variable or flag), key, expected and got.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const environment = sources.environment ?? process.env;
  const name = sources.file ?? environment.SIGHTLINE_CONFIG ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const file = name === undefined ? undefined : readConfigFile(name);
  const own = file ? withSections(configSchema, migrateConfig(file)) : {};
  const tree = structuredClone(own);
  const layers = layersOf(readEnvironment(configSchema, environment), sources.flags);
  for (const layer of layers) applyLayer(tree, layer);
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success) {
    const faults = describeIssues(configSchema, tree, parsed.error.issues);
    throw new UsageError(faults.map(({ path, message }) => `${place(path, file, layers)}: ${message}`).join('\n'));
  }
  const isSet = (path: Path) => layers.some((layer) => layerSets(layer, path)) || isIn(own, path);
  return {
    config: withHome(parsed.data),
    file: name,
    isSet,
    origin: (path) => (isSet(path) ? origin(path, file, layers) : undefined),
  };
}

/** The device's name, or the host name made to fit. Names of containers change, so there it must have been given. */
export function deviceName(config: Config, toName: (text: string) => string | undefined): string {
  if (config.device !== undefined) return config.device;
  if (isContainer()) {
    throw new UsageError(
      "device: Expected a name for this device, got nothing; a container's host name changes with every start",
      'Set device in sightline.yaml or SIGHTLINE_DEVICE.',
    );
  }
  return toName(hostname()) ?? 'edge';
}

/** In a container the host name is new with every start: nothing that lasts may be named after it. */
export function isContainer(): boolean {
  return (
    process.env.KUBERNETES_SERVICE_HOST !== undefined || existsSync('/.dockerenv') || existsSync('/run/.containerenv')
  );
}

/**
 * Later layers win. The camera of `--source` is one of its own, but what variables say of a first camera without giving it a source
 * is said of this one: its password, above all, which has no place on a command line.
 */
function layersOf(variables: ConfigLayer, flags: ConfigLayer | undefined): ConfigLayer[] {
  if (!flags) return [variables];
  const entries = variables.entries.filter(({ path }) => path[0] === 'cameras' && path[1] === 0);
  const isNamed = entries.some(({ path }) => path[2] === 'source');
  if (isNamed || !layerSets(flags, ['cameras'])) return [variables, flags];
  return [variables, flags, { entries, describe: variables.describe }];
}

function place(path: Path, file: ConfigFile | undefined, layers: readonly ConfigLayer[]): string {
  const where = origin(path, file, layers);
  const isNamed = layers.some((layer) => layerSets(layer, path));
  return [where, isNamed ? undefined : path.join('.')].filter(Boolean).join(': ');
}

function origin(path: Path, file: ConfigFile | undefined, layers: readonly ConfigLayer[]): string | undefined {
  const layer = layers.findLast((candidate) => layerSets(candidate, path));
  if (layer) return layer.describe(path);
  return file && `${file.name}:${file.lineOf(path) ?? 1}`;
}

function isIn(tree: unknown, path: Path): boolean {
  let node: unknown = tree;
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return false;
    node = (node as Record<string | number, unknown>)[step];
  }
  return true;
}

/** `~/` means the home folder, as in a shell. */
function withHome(config: Config): Config {
  const path = config.models.path;
  return { ...config, models: { ...config.models, path: path.startsWith('~/') ? homedir() + path.slice(1) : path } };
}

/** Did npm start this process? It never leaves its children behind on purpose, as a shell with nohup does. */
export function isStartedByNpm(): boolean {
  return process.env.npm_command !== undefined;
}
