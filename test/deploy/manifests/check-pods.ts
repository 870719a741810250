import type { Manifest } from './manifest.ts';
import { type Container, containersOf, type Pod, podsOf } from './pods.ts';

export interface PodRules {
  /** Containers that may be privileged, and why: `Deployment/face-detector`. */
  readonly privileged?: readonly string[];
}

/**
 * What this project asks of every pod: nothing of root's, nothing of the node's, nothing of Kubernetes' own that it does
 * not need, bounds, probes, images of one version, and reasons that can be read.
 * @returns what is wrong, one line each
 */
export function checkPods(manifests: readonly Manifest[], rules: PodRules = {}): string[] {
  return podsOf(manifests).flatMap((pod) => {
    const mayBePrivileged = rules.privileged?.includes(pod.of) ?? false;
    const own = pod.spec.containers.flatMap((container: Container) => [...probes(container)]);
    const all = containersOf(pod).flatMap((container) => [
      ...image(container),
      ...bounds(container),
      ...security(pod, container, mayBePrivileged),
      ...(container.terminationMessagePolicy === 'FallbackToLogsOnError'
        ? []
        : [
            `${container.name}: Expected terminationMessagePolicy FallbackToLogsOnError: a bad configuration is else unreadable`,
          ]),
    ]);
    return [...wholePod(pod), ...own, ...all].map((fault) => `${pod.of}: ${fault}`);
  });
}

function wholePod({ spec, owner }: Pod): string[] {
  const faults: string[] = [];
  if (spec.enableServiceLinks !== false) faults.push('Expected enableServiceLinks: false');
  if (spec.automountServiceAccountToken !== false && !spec.serviceAccountName) {
    faults.push('Expected automountServiceAccountToken: false, or a service account of its own');
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 15) faults.push('Expected 15 s or more to stop');
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[field]) faults.push(`Expected no ${field}`);
  if (owner.kind === 'Deployment' && owner.spec.strategy === undefined) faults.push('Expected a strategy, got none');
  return faults;
}

function image({ name, image: text }: Container): string[] {
  const [, tag] = /:([^:/@]+)(?:@sha256:[0-9a-f]{64})?$/.exec(text) ?? [];
  return tag && tag !== 'latest' ? [] : [`${name}: Expected an image with a version, got ${text}`];
}

function bounds({ name, resources }: Container): string[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const asked = ['cpu', 'memory'].filter((what) => requests[what] === undefined);
  return [
    ...asked.map((what) => `${name}: Expected a request for ${what}`),
    ...(limits.memory === undefined ? [`${name}: Expected a limit for memory`] : []),
  ];
}

function probes({ name, livenessProbe, readinessProbe, startupProbe }: Container): string[] {
  return Object.entries({ livenessProbe, readinessProbe, startupProbe })
    .filter(([, probe]) => probe === undefined)
    .map(([kind]) => `${name}: Expected a ${kind}`);
}

function security({ spec }: Pod, { name, securityContext: own = {} }: Container, mayBePrivileged: boolean): string[] {
  const both = { ...spec.securityContext, ...own };
  const faults: string[] = [];
  if (both.runAsNonRoot !== true || !(both.runAsUser > 0)) faults.push('runAsNonRoot and a user');
  if (both.seccompProfile?.type !== 'RuntimeDefault') faults.push('the seccomp profile RuntimeDefault');
  if (own.readOnlyRootFilesystem !== true) faults.push('readOnlyRootFilesystem');
  if (!own.capabilities?.drop?.includes('ALL') || own.capabilities.add) faults.push('no capabilities');
  if (own.privileged && !mayBePrivileged) faults.push('no privileged');
  if (own.allowPrivilegeEscalation !== (own.privileged ? undefined : false)) {
    faults.push('allowPrivilegeEscalation: false (left out where privileged is, or Kubernetes refuses both)');
  }
  const mounts: readonly { hostPath?: { path: string } }[] = mayBePrivileged ? [] : (spec.volumes ?? []);
  for (const { hostPath } of mounts) if (hostPath) faults.push(`nothing of the node's, got ${hostPath.path}`);
  return faults.map((fault) => `${name}: Expected ${fault}`);
}
