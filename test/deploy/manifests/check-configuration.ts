import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/platform/config.ts';
import type { Manifest } from './manifest.ts';
import { type Container, containersOf, type Pod, podsOf } from './pods.ts';

/**
 * Would each of our containers take its configuration: the sightline.yaml of its ConfigMap and its SIGHTLINE_ variables, read
 * as the service reads them? Values that only a cluster knows (`valueFrom`) are stood in for by `cluster`, by their path;
 * files of secrets by one that is there.
 * @returns what is wrong, one line each
 */
export function checkConfiguration(
  manifests: readonly Manifest[],
  cluster: Readonly<Record<string, string>> = { 'spec.nodeName': 'gate-3', 'metadata.name': 'image-processor-abc' },
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-manifests-'));
  try {
    return podsOf(manifests).flatMap((pod) =>
      containersOf(pod)
        .filter(({ image }) => /(^|\/)sightline-[a-z]+:/.test(image))
        .flatMap((container) => {
          const environment = { ...environmentOf(container, manifests, cluster) };
          for (const name of Object.keys(environment).filter((variable) => variable.endsWith('_FILE'))) {
            environment[name] = join(folder, 'secret');
          }
          writeFileSync(join(folder, 'secret'), 'secret\n');
          const yaml = configFileOf(pod, manifests);
          const file = join(folder, 'sightline.yaml');
          writeFileSync(file, yaml ?? 'version: 1\n');
          try {
            loadConfig({ file, environment });
            return [];
          } catch (error) {
            return [`${pod.of}: ${(error as Error).message.replaceAll(`${folder}/`, '')}`];
          }
        }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function environmentOf(
  { env = [], envFrom = [] }: Container,
  manifests: readonly Manifest[],
  cluster: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const maps = envFrom.map(
    ({ configMapRef }: Container) => find(manifests, 'ConfigMap', configMapRef?.name)?.data ?? {},
  );
  const own = env.map(({ name, value, valueFrom }: Container) => [
    name,
    value ??
      cluster[valueFrom?.fieldRef?.fieldPath] ??
      find(manifests, 'ConfigMap', valueFrom?.configMapKeyRef?.name)?.data?.[valueFrom.configMapKeyRef.key] ??
      'secret',
  ]);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}

/** The key sightline.yaml of whatever ConfigMap this pod mounts. */
function configFileOf({ spec }: Pod, manifests: readonly Manifest[]): string | undefined {
  const sources = (spec.volumes ?? []).flatMap((volume: Container) => [volume, ...(volume.projected?.sources ?? [])]);
  const maps = sources.map(({ configMap }: Container) => find(manifests, 'ConfigMap', configMap?.name));
  return maps.find((map: Manifest | undefined) => map?.data?.['sightline.yaml'])?.data['sightline.yaml'];
}

function find(manifests: readonly Manifest[], kind: string, name: string | undefined): Manifest | undefined {
  return manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
}
