/** What an API server says of itself, for the kinds that run.sh uses: discovery, and that PATCH checks fields. */
export interface Resource {
  readonly apiVersion: string;
  /** Where its group and version are served. */
  readonly base: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const NAMES: readonly (readonly [apiVersion: string, kind: string, plural: string, namespaced: boolean])[] = [
  ['v1', 'Namespace', 'namespaces', false],
  ['v1', 'Node', 'nodes', false],
  ['v1', 'Secret', 'secrets', true],
  ['v1', 'ConfigMap', 'configmaps', true],
  ['v1', 'Service', 'services', true],
  ['v1', 'ServiceAccount', 'serviceaccounts', true],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true],
  ['v1', 'Pod', 'pods', true],
  ['v1', 'Event', 'events', true],
  ['apps/v1', 'Deployment', 'deployments', true],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', true],
  ['scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', false],
  ['node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', false],
];

export const KINDS: readonly Resource[] = NAMES.map(([apiVersion, kind, plural, namespaced]) => {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return { apiVersion, base, kind, plural, namespaced };
});

const versions = [...new Set(KINDS.map(({ apiVersion }) => apiVersion))];
const groups = versions
  .filter((version) => version !== 'v1')
  .map((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });

export const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
  ...Object.fromEntries(
    versions.map((groupVersion) => {
      const own = KINDS.filter(({ apiVersion }) => apiVersion === groupVersion);
      const resources = own.map(({ plural, kind, namespaced }) => ({
        name: plural,
        singularName: kind.toLowerCase(),
        namespaced,
        kind,
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      }));
      return [own[0]?.base ?? '', { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }];
    }),
  ),
};

const bases = [...new Set(KINDS.map(({ base }) => base))];

export const OPENAPI: Readonly<Record<string, unknown>> = {
  '/openapi/v3': {
    paths: Object.fromEntries(bases.map((base) => [base.slice(1), { serverRelativeURL: `/openapi/v3${base}` }])),
  },
  ...Object.fromEntries(bases.map((base) => [`/openapi/v3${base}`, openApiOf(base)])),
};

function openApiOf(base: string): unknown {
  const paths = KINDS.filter((resource) => resource.base === base).map(({ kind, plural, apiVersion }) => {
    const [version, group = ''] = apiVersion.split('/').reverse();
    const patch = {
      parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
      responses: {},
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
    return [`${base}/${plural}/{name}`, { patch }];
  });
  return { openapi: '3.0.0', info: { title: 'stand-in', version: '1' }, paths: Object.fromEntries(paths) };
}
