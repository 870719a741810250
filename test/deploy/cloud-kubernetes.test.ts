import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryWindow } from '../../src/cloud/image-processor/memory-window.ts';
import { observeWindow, processorMetrics } from '../../src/cloud/image-processor/processor-metrics.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { partDescribe } from '../support/parts.ts';
import { OTHER_KINDS } from './cloud-kubernetes/other-kinds.ts';
import { checkManifests } from './manifests/check-manifests.ts';
import { checkSchema } from './manifests/check-schema.ts';
import { kustomize } from './manifests/kustomize.ts';
import { type Manifest, nameOf } from './manifests/manifest.ts';

const CLOUD = 'deploy/cloud/kubernetes';
/** What people make, as the READMEs say; the manifests hold no secret. */
const MADE_ELSEWHERE = {
  'Secret/image-processor-tls': ['ca.crt', 'tls.crt', 'tls.key'],
  'Secret/processor-group': ['group'],
  'Secret/broker-tls': ['ca.crt', 'tls.crt', 'tls.key'],
  'Secret/emqx-cookie': ['cookie'],
  'Secret/store-keys': ['access-key-id', 'secret-access-key'],
};
const KNOWN = [
  // EMQX knows one place for this file. Another content makes another ConfigMap, and so other pods.
  'StatefulSet/broker: /opt/emqx/etc/emqx.conf is mounted by subPath, so it is never renewed',
];

const overlays = readdirSync(new URL(`../../${CLOUD}/overlays`, import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function one(manifests: readonly Manifest[], name: string): Manifest {
  const found = manifests.filter((manifest) => nameOf(manifest) === name);
  expect(found, name).toHaveLength(1);
  return found[0] as Manifest;
}

partDescribe('kubectl', 'the cloud on Kubernetes', () => {
  const folders = ['base', ...overlays.map((name) => `overlays/${name}`)];
  const built = new Map<string, Manifest[]>();
  const manifestsOf = (folder: string) => {
    const manifests = built.get(folder) ?? kustomize(`${CLOUD}/${folder}`);
    built.set(folder, manifests);
    return manifests;
  };

  it.each(folders)('%s holds together', async (folder) => {
    const faults = await checkManifests(manifestsOf(folder), {
      madeElsewhere: MADE_ELSEWHERE,
      otherKinds: OTHER_KINDS,
    });
    expect(faults.filter((fault) => !KNOWN.includes(fault))).toEqual([]);
  });

  it('the processors share a group that no device can guess, where the broker does not check subscriptions', () => {
    const groupOf = (folder: string) => {
      const { spec } = one(manifestsOf(folder), 'Deployment/image-processor').spec.template;
      return spec.containers[0].env.find(({ name }: { name: string }) => name === 'SIGHTLINE_PROCESSOR_GROUP')
        ?.valueFrom;
    };
    const secret = { secretKeyRef: { name: 'processor-group', key: 'group' } };
    const groups = overlays.map((name) => [name, groupOf(`overlays/${name}`)]);
    expect(Object.fromEntries(groups)).toEqual({ mosquitto: secret, 'external-broker': secret, emqx: undefined });
  });

  it.each(folders)('%s runs this version, by the name of the pod, and nothing gets at the node', (folder) => {
    const manifests = manifestsOf(folder);
    const { spec } = one(manifests, 'Deployment/image-processor').spec.template;
    expect(spec.containers[0].image).toBe(`sightline-cloud:${version}`);
    expect(JSON.stringify(spec)).not.toContain('SIGHTLINE_PROCESSOR_ID');
    const [, https] = one(manifests, 'NetworkPolicy/processor-to-broker-and-store').spec.egress;
    expect(https.to[0].ipBlock).toEqual({ cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] });
  });

  it.each(overlays)('%s leaves the number of processors to one scaler', (overlay) => {
    const manifests = manifestsOf(`overlays/${overlay}`);
    const scalers = manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject');
    expect(scalers).toHaveLength(1);
    const { scaleTargetRef, minReplicas, minReplicaCount } = scalers[0]?.spec ?? {};
    expect(scaleTargetRef.name).toBe('image-processor');
    expect(minReplicas ?? minReplicaCount).toBe(2);
    expect(one(manifests, 'Deployment/image-processor').spec.replicas).toBeUndefined();
  });

  it.each(['mosquitto', 'emqx'])('%s shows the world the TLS port alone, and processors use it too', (overlay) => {
    const manifests = manifestsOf(`overlays/${overlay}`);
    const services = manifests.filter(({ kind }) => kind === 'Service');
    const open = services.filter(({ spec }) => spec.type !== undefined && spec.type !== 'ClusterIP');
    expect(
      open.map(({ metadata, spec }) => [metadata.name, spec.ports.map(({ port }: { port: number }) => port)]),
    ).toEqual([['broker', [8883]]]);
    const site = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('site-'));
    expect(site?.data.SIGHTLINE_CLOUD_BROKER).toBe('mqtts://broker:8883');
    expect(one(manifests, 'NetworkPolicy/world-to-broker').spec.ingress).toEqual([{ ports: [{ port: 'mqtts' }] }]);
    for (const { kind } of manifests) expect(kind).not.toBe('Ingress');
  });

  it('lets nobody but the nodes of EMQX to their own ports', () => {
    const { spec } = one(manifestsOf('overlays/emqx'), 'NetworkPolicy/broker-nodes');
    for (const [rule] of [spec.ingress, spec.egress]) {
      expect(rule.from ?? rule.to).toEqual([{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'broker' } } }]);
    }
  });

  it('asks cert-manager for the names that the access rules and the processors expect', () => {
    const manifests = manifestsOf('overlays/emqx');
    const processor = one(manifests, 'Certificate/image-processor').spec;
    expect([processor.commonName, processor.usages, processor.secretName]).toEqual([
      '@image-processor',
      ['digital signature', 'client auth'],
      'image-processor-tls',
    ]);
    const broker = one(manifests, 'Certificate/broker').spec;
    expect(broker.dnsNames).toEqual(
      expect.arrayContaining(['broker', 'broker.sightline-cloud.svc', broker.commonName]),
    );
    expect(broker.usages).not.toContain('client auth');
  });

  it('gives a token to the store and none of Kubernetes', () => {
    const { spec } = one(manifestsOf('overlays/external-broker'), 'Deployment/image-processor').spec.template;
    expect(spec.automountServiceAccountToken).toBe(false);
    const tokens = spec.volumes.flatMap(({ projected }: Manifest) => projected?.sources ?? []);
    expect(tokens).toEqual([
      { serviceAccountToken: { audience: 'sts.amazonaws.com', expirationSeconds: 3600, path: 'token' } },
    ]);
  });
});

partDescribe('kubectl', 'KEDA', () => {
  const scaler = () => one(kustomize(`${CLOUD}/overlays/emqx`), 'ScaledObject/image-processor').spec;

  it('asks Prometheus for metrics that a processor has', async () => {
    const metrics = new Metrics();
    processorMetrics(metrics);
    observeWindow(metrics, new MemoryWindow({ maxMessages: 1, maxBytes: 1 }));
    const exposed = await metrics.expose();
    const asked = JSON.stringify(scaler().triggers).match(/sightline_\w+/g) ?? [];
    expect(asked).toHaveLength(3);
    for (const name of asked) expect(exposed, name).toMatch(new RegExp(`^${name}[ {]`, 'm'));
  });

  it('begins another processor when one is half full', () => {
    const [{ metadata, metricType }] = scaler().triggers;
    const { concurrency } = loadConfig({ environment: { SIGHTLINE_DEVICE: 'a' } }).config.processor;
    expect(Number(metadata.threshold)).toBe(concurrency / 2);
    // The fallback of KEDA knows averages alone.
    expect(metricType ?? 'AverageValue').toBe('AverageValue');
  });
});

describe('the validators of kinds that Kubernetes does not have', () => {
  const metadata = { name: 'a', namespace: 'b', labels: {} };
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata };

  it('pass what is right, and find an unknown field, a missing one and one of another type', async () => {
    const faults = (spec: unknown) => checkSchema({ ...issuer, spec } as Manifest, OTHER_KINDS);
    expect(await faults({ ca: { secretName: 'ca' } })).toEqual([]);
    for (const spec of [{ ca: { secretName: 'ca', secret: 'ca' } }, { ca: {} }, { ca: { secretName: 7 } }])
      expect(await faults(spec)).not.toEqual([]);
  });
});
