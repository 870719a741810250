import { type Manifest, nameOf } from './manifest.ts';
import { type Pod, podsOf, portOf, selects } from './pods.ts';

/** Do selectors meet labels, and do ports exist where they are asked for? @returns what is wrong, one line each */
export function checkSelectors(manifests: readonly Manifest[]): string[] {
  const pods = podsOf(manifests);
  return [...duplicates(manifests), ...manifests.flatMap((manifest) => CHECKS[manifest.kind]?.(manifest, pods) ?? [])];
}

function duplicates(manifests: readonly Manifest[]): string[] {
  const names = manifests.map((manifest) => `${nameOf(manifest)} in ${manifest.metadata.namespace ?? 'no namespace'}`);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: stands there twice`);
}

const CHECKS: Readonly<Record<string, (manifest: Manifest, pods: readonly Pod[]) => string[]>> = {
  Deployment: checkOwner,
  StatefulSet: checkOwner,
  DaemonSet: checkOwner,
  Service(service, pods) {
    if (service.spec.type === 'ExternalName') return [];
    const chosen = pods.filter(({ labels }) => selects({ matchLabels: service.spec.selector }, labels));
    const ports: readonly { port: number; targetPort?: string | number }[] = service.spec.ports;
    return [
      ...noPods(service, chosen),
      ...ports.flatMap(({ port, targetPort = port }) => missingPorts(service, chosen, targetPort)),
    ];
  },
  PodDisruptionBudget(budget, pods) {
    const chosen = pods.filter(({ labels }) => selects(budget.spec.selector, labels));
    const { minAvailable, maxUnavailable } = budget.spec;
    const blocks = maxUnavailable === 0 || minAvailable === '100%' || (minAvailable ?? 0) >= 1;
    // Without a number of its own somebody else sets it, an autoscaler.
    const frozen = chosen.filter(({ owner }) => blocks && owner.spec.replicas === 1);
    return [
      ...noPods(budget, chosen),
      ...frozen.map(({ of }) => `${nameOf(budget)}: ${of} has one replica, so no node could ever be drained`),
    ];
  },
  NetworkPolicy(policy, pods) {
    const chosen = pods.filter(({ labels }) => selects(policy.spec.podSelector, labels));
    const ingress: readonly Rule[] = policy.spec.ingress ?? [];
    const egress: readonly Rule[] = policy.spec.egress ?? [];
    const wanted = (direction: string, rules: readonly Rule[]) =>
      rules.length > 0 && !policy.spec.policyTypes?.includes(direction)
        ? [`${nameOf(policy)}: has rules for ${direction}, which policyTypes does not name`]
        : [];
    return [
      ...noPods(policy, chosen),
      ...wanted('Ingress', ingress),
      ...wanted('Egress', egress),
      ...ingress.flatMap(({ ports = [], from = [] }) => [
        ...ports.flatMap(({ port }) => (port === undefined ? [] : missingPorts(policy, chosen, port))),
        ...peersWithout(policy, pods, from),
      ]),
      ...egress.flatMap(({ ports = [], to = [] }) => {
        const peers = ownPeers(pods, to);
        return [
          ...ports.flatMap(({ port }) => (port === undefined ? [] : missingPorts(policy, peers, port))),
          ...peersWithout(policy, pods, to),
        ];
      }),
    ];
  },
};

interface Peer {
  readonly podSelector?: Parameters<typeof selects>[0];
  readonly namespaceSelector?: unknown;
}

interface Rule {
  readonly ports?: readonly { readonly port?: string | number }[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}

function checkOwner(owner: Manifest, pods: readonly Pod[]): string[] {
  const pod = pods.find((candidate) => candidate.owner === owner);
  if (!pod) return [`${nameOf(owner)}: has no pod`];
  const strangers = pods.filter((other) => other !== pod && selects(owner.spec.selector, other.labels));
  return [
    ...(selects(owner.spec.selector, pod.labels) ? [] : [`${nameOf(owner)}: its selector does not match its own pods`]),
    ...strangers.map(({ of }) => `${nameOf(owner)}: its selector also matches the pods of ${of}`),
  ];
}

function noPods(of: Manifest, chosen: readonly Pod[]): string[] {
  return chosen.length === 0 ? [`${nameOf(of)}: its selector matches no pod`] : [];
}

function missingPorts(of: Manifest, pods: readonly Pod[], port: string | number): string[] {
  const without = pods.filter((pod) => portOf(pod, port) === undefined);
  return without.map((pod) => `${nameOf(of)}: ${pod.of} has no port ${port}`);
}

/** Peers of this namespace; others can't be looked at here. */
function ownPeers(pods: readonly Pod[], peers: readonly Peer[]): Pod[] {
  const own = peers.filter(({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector);
  return pods.filter(({ labels }) => own.some(({ podSelector }) => selects(podSelector, labels)));
}

function peersWithout(of: Manifest, pods: readonly Pod[], peers: readonly Peer[]): string[] {
  const own = peers.filter(({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector);
  const empty = own.filter((peer) => ownPeers(pods, [peer]).length === 0);
  return empty.map(({ podSelector }) => `${nameOf(of)}: no pod is ${JSON.stringify(podSelector?.matchLabels)}`);
}
