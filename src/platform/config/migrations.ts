import { UsageError } from '../sightline-error.ts';
import type { ConfigFile } from './file.ts';
import { CONFIG_VERSION } from './schema.ts';

type Tree = Record<string, unknown>;

/** What brings a file of version N to N + 1, at index N - 1. */
const MIGRATIONS: readonly ((tree: Tree) => Tree)[] = [];

/**
 * Brings what an older file says to today's version.
 * @throws UsageError when the file is of a newer version, or its version is none.
 */
export function migrateConfig(file: ConfigFile, migrations = MIGRATIONS, newest = CONFIG_VERSION): Tree {
  const version = file.tree.version ?? newest;
  const where = `${file.name}:${file.lineOf(['version']) ?? 1}: version`;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new UsageError(`${where}: Expected ${newest}, got ${JSON.stringify(version)}`);
  }
  if (version > newest) {
    throw new UsageError(
      `${where}: Expected ${newest} or older, got ${version}: the file was written for a newer Sightline`,
      'Update Sightline, or write the file anew with `sightline init`.',
    );
  }
  const migrated = migrations.slice(version - 1).reduce((tree, migrate) => migrate(tree), file.tree);
  return { ...migrated, version: newest };
}
