import type { Path } from './schema-walk.ts';

/** Values for single keys, from the environment or from flags. */
export interface ConfigLayer {
  readonly entries: { path: Path; value: unknown }[];
  /** How the person who set it calls the key: a variable, a flag. */
  readonly describe: (path: Path) => string;
}

type Tree = Record<string | number, unknown>;

/** Puts a layer's values into the tree, making what is missing on the way. */
export function applyLayer(tree: Tree, layer: ConfigLayer): void {
  for (const { path, value } of layer.entries) {
    let node = tree;
    path.forEach((step, index) => {
      if (index === path.length - 1) {
        node[step] = structuredClone(value);
        return;
      }
      if (typeof node[step] !== 'object' || node[step] === null)
        node[step] = typeof path[index + 1] === 'number' ? [] : {};
      node = node[step] as Tree;
    });
  }
}

/** Did this layer set the key, something below it, or all of what it is part of? */
export function layerSets(layer: ConfigLayer, path: Path): boolean {
  return layer.entries.some((entry) =>
    path.every((step, index) => index >= entry.path.length || entry.path[index] === step),
  );
}
