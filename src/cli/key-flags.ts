import type { ConfigLayer } from '../platform/config/layer.ts';
import type { Path } from '../platform/config/schema-walk.ts';
import type { Flags } from './flags.ts';

/** Flags of a command that are keys of the configuration, with their paths; their values are texts. */
export type KeyFlags = Readonly<Record<string, Path>>;

/** What was given of them, as a layer of the configuration that wins over the others. */
export function keyLayer(keys: KeyFlags, flags: Flags): ConfigLayer {
  const entries = Object.entries(keys).flatMap(([flag, path]) => {
    const value = flags.text(flag);
    return value === undefined ? [] : [{ path, value }];
  });
  const describe = (path: Path) => {
    const found = Object.entries(keys).find(([, key]) => key.join('.') === path.join('.'));
    return found ? `--${found[0]}` : path.join('.');
  };
  return { entries, describe };
}
