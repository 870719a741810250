import type { Manifest } from './manifest.ts';
import { type Container, containersOf, type Pod, podsOf } from './pods.ts';

/** What nobody finds in the manifests since somebody makes it on the way: `Secret/cloud-tls` and its keys. */
export type MadeElsewhere = Readonly<Record<string, readonly string[]>>;

/**
 * Is everything there that pods name: ConfigMaps and Secrets with their keys, claims, service accounts, priority and
 * runtime classes, volumes of mounts? A Secret or ConfigMap that is `optional` needs no keys.
 * @returns what is wrong, one line each
 */
export function checkReferences(manifests: readonly Manifest[], made: MadeElsewhere = {}): string[] {
  const known = new Map(Object.entries(made).map(([name, keys]) => [name, new Set(keys)]));
  for (const { kind, metadata, data = {}, stringData = {}, binaryData = {} } of manifests) {
    known.set(`${kind}/${metadata.name}`, new Set(Object.keys({ ...data, ...stringData, ...binaryData })));
  }
  const faults = podsOf(manifests).flatMap((pod) => [
    ...referencesOf(pod).flatMap(({ to, keys }) => {
      const found = known.get(to);
      if (!found) return [`${pod.of}: ${to} is nowhere`];
      return keys.filter((key) => !found.has(key)).map((key) => `${pod.of}: ${to} has no key ${key}`);
    }),
    ...mountsOf(pod),
  ]);
  return [...faults, ...sharedClaims(manifests)];
}

interface Reference {
  readonly to: string;
  readonly keys: readonly string[];
}

function referencesOf(pod: Pod): Reference[] {
  const { spec } = pod;
  const named = [
    ['ServiceAccount', spec.serviceAccountName],
    ['PriorityClass', spec.priorityClassName],
    ['RuntimeClass', spec.runtimeClassName],
  ].flatMap(([kind, name]) => (name ? [{ to: `${kind}/${name}`, keys: [] }] : []));
  // biome-ignore lint/suspicious/noExplicitAny: the schema has judged them
  const sources = (spec.volumes ?? []).flatMap((volume: any) => [volume, ...(volume.projected?.sources ?? [])]);
  return [...named, ...sources.flatMap(volumeReferences), ...containersOf(pod).flatMap(variableReferences)];
}

// biome-ignore lint/suspicious/noExplicitAny: the schema has judged it
function volumeReferences({ configMap, secret, persistentVolumeClaim }: any): Reference[] {
  const references: Reference[] = [];
  const keysOf = ({ items = [] }: { items?: { key: string }[] }) => items.map(({ key }) => key);
  if (configMap && !configMap.optional) references.push({ to: `ConfigMap/${configMap.name}`, keys: keysOf(configMap) });
  if (secret && !secret.optional) {
    references.push({ to: `Secret/${secret.secretName ?? secret.name}`, keys: keysOf(secret) });
  }
  if (persistentVolumeClaim) {
    references.push({ to: `PersistentVolumeClaim/${persistentVolumeClaim.claimName}`, keys: [] });
  }
  return references;
}

function variableReferences({ env = [], envFrom = [] }: Container): Reference[] {
  // biome-ignore lint/suspicious/noExplicitAny: the schema has judged them
  const one = env.flatMap(({ valueFrom }: any) => {
    const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
    return [
      ...(configMapKeyRef && !configMapKeyRef.optional
        ? [{ to: `ConfigMap/${configMapKeyRef.name}`, keys: [configMapKeyRef.key] }]
        : []),
      ...(secretKeyRef && !secretKeyRef.optional
        ? [{ to: `Secret/${secretKeyRef.name}`, keys: [secretKeyRef.key] }]
        : []),
    ];
  });
  // biome-ignore lint/suspicious/noExplicitAny: the schema has judged them
  const all = envFrom.flatMap(({ configMapRef, secretRef }: any) => [
    ...(configMapRef && !configMapRef.optional ? [{ to: `ConfigMap/${configMapRef.name}`, keys: [] }] : []),
    ...(secretRef && !secretRef.optional ? [{ to: `Secret/${secretRef.name}`, keys: [] }] : []),
  ]);
  return [...one, ...all];
}

function mountsOf(pod: Pod): string[] {
  const volumes: readonly { name: string }[] = pod.spec.volumes ?? [];
  const templates: readonly Manifest[] = pod.owner.spec.volumeClaimTemplates ?? [];
  const names = new Set([...volumes.map(({ name }) => name), ...templates.map(({ metadata }) => metadata.name)]);
  const mounts: readonly { name: string; mountPath: string; subPath?: string }[] = containersOf(pod).flatMap(
    ({ volumeMounts = [] }) => volumeMounts,
  );
  const used = new Set(mounts.map(({ name }) => name));
  return [
    ...mounts.filter(({ name }) => !names.has(name)).map(({ name }) => `${pod.of}: no volume is called ${name}`),
    ...[...names].filter((name) => !used.has(name)).map((name) => `${pod.of}: nobody mounts the volume ${name}`),
    ...mounts
      .filter(({ subPath }) => subPath !== undefined)
      .map(({ mountPath }) => `${pod.of}: ${mountPath} is mounted by subPath, so it is never renewed`),
  ];
}

/** A claim that one node may write belongs to one pod, and the old pod must be gone before the new one starts. */
function sharedClaims(manifests: readonly Manifest[]): string[] {
  const claims = manifests.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  return claims.flatMap((claim) => {
    const users = podsOf(manifests).filter(({ spec }) =>
      // biome-ignore lint/suspicious/noExplicitAny: the schema has judged them
      (spec.volumes ?? []).some((volume: any) => volume.persistentVolumeClaim?.claimName === claim),
    );
    const crowds = users.filter(({ owner }) => owner.spec.replicas !== 1 || owner.spec.strategy?.type !== 'Recreate');
    return [
      ...(users.length === 1 ? [] : [`PersistentVolumeClaim/${claim}: Expected one user, got ${users.length}`]),
      ...crowds.map(({ of }) => `${of}: Expected one replica and strategy Recreate, since it writes to ${claim}`),
    ];
  });
}
