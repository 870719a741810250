import type { Manifest } from './manifest.ts';
import { nameOf } from './manifest.ts';

/** A pod as a Deployment, StatefulSet, DaemonSet or Job makes it. */
export interface Pod {
  /** Whose it is, for messages: `Deployment/forwarder`. */
  readonly of: string;
  readonly owner: Manifest;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the schema has judged it
  readonly spec: any;
}

// biome-ignore lint/suspicious/noExplicitAny: the schema has judged it
export type Container = any;

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((owner) => {
    const template = owner.kind === 'CronJob' ? owner.spec.jobTemplate.spec.template : owner.spec?.template;
    if (!template?.spec?.containers) return [];
    const { labels = {}, annotations = {} } = template.metadata ?? {};
    return [{ of: nameOf(owner), owner, labels, annotations, spec: template.spec }];
  });
}

/** Those that run to an end first too. */
export function containersOf({ spec }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Does a selector with `matchLabels` take these labels? `{}` takes all. */
export function selects(
  selector: { matchLabels?: Readonly<Record<string, string>>; matchExpressions?: unknown } | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (selector?.matchExpressions) throw new Error('Expected matchLabels alone, got matchExpressions: teach selects()');
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

/** The number of a port that a container declares, by name or number. */
export function portOf(pod: Pod, port: string | number): number | undefined {
  const ports = containersOf(pod).flatMap(({ ports: own = [] }) => own);
  return ports.find(({ name, containerPort }) => name === port || containerPort === port)?.containerPort;
}
