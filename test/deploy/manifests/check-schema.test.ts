import { describe, expect, it } from 'vitest';
import { checkSchema } from './check-schema.ts';
import { readManifests } from './kustomize.ts';

const GOOD = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: door, labels: { app: door }, annotations: { note: "any" } }
spec:
  selector: { matchLabels: { app: door } }
  template:
    metadata: { labels: { app: door } }
    spec:
      containers:
        - name: door
          image: door:1
          env: [{ name: A, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }]
          resources: { limits: { memory: 64Mi } }
          livenessProbe: { httpGet: { path: /livez, port: health } }
      volumes: [{ name: v, configMap: { name: c, items: [{ key: a, path: b }] } }, { name: t, emptyDir: {} }]
`;

const faultsOf = async (yaml: string) => {
  const [manifest] = readManifests(yaml);
  return manifest ? checkSchema(manifest) : ['no document'];
};

describe('the validator of manifests', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(await faultsOf(GOOD)).toEqual([]);
  });

  it.each([
    ['a wrong type', ['image: door:1', 'image: 7'], /containers\/0\/image: type .*string/],
    [
      'a missing selector',
      ['selector: { matchLabels: { app: door } }', 'replicas: 1'],
      /must have required property selector|selector/,
    ],
    [
      'an unknown field of a pod',
      ['containers:', 'hostNetwerk: true\n      containers:'],
      /template\/spec\/hostNetwerk: a field/,
    ],
    ['an unknown field deep inside', ['path: /livez,', 'paht: /livez,'], /httpGet\/paht: a field/],
    ['an unknown field of a list', ['items: [{ key: a,', 'items: [{ mod: 4, key: a,'], /items\/0\/mod: a field/],
    [
      'an unknown field at the top',
      ['kind: Deployment', 'kind: Deployment\nspecc: {}'],
      /Deployment\/door: \/specc: a field/,
    ],
    ['a quantity that is none', ['64Mi', '64Qi'], /memory/],
    [
      'a label that is no text',
      ['labels: { app: door }, ann', 'labels: { app: 1 }, ann'],
      /labels\/app: type .*string/,
    ],
    ['a kind of somebody else', ['apps/v1', 'keda.sh/v1alpha1'], /Expected a stable kind of Kubernetes/],
    ['a version that is gone', ['apps/v1', 'extensions/v1beta1'], /Expected a stable kind of Kubernetes/],
  ])('finds %s', async (_, [from = '', to = ''], fault) => {
    expect(GOOD).toContain(from);
    expect((await faultsOf(GOOD.replace(from, to))).join('\n')).toMatch(fault);
  });

  it('refuses a key that stands there twice', () => {
    expect(() => readManifests(`${GOOD}\nkind: Deployment`)).toThrow(/unique/);
  });
});
