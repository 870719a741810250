import { beforeAll, expect, it } from 'vitest';
import { partDescribe } from '../../support/parts.ts';
import { checkManifests } from './check-manifests.ts';
import { MADE_BY_RUN } from './edge-site.ts';
import { kustomize } from './kustomize.ts';
import type { Manifest } from './manifest.ts';

/** Real manifests, so that a planted mistake is the only one. */
let good: Manifest[] = [];

/** What is found after a change to the object of this kind and name. */
// biome-ignore lint/suspicious/noExplicitAny: a mistake may be of any kind
async function after(name: string, change: (manifest: any) => void): Promise<string> {
  const [kind, which] = name.split('/');
  const manifests = structuredClone(good);
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name.startsWith(which ?? ''));
  if (!found) throw new Error(`Expected ${name} among the manifests`);
  change(found);
  return (await checkManifests(manifests, { madeElsewhere: MADE_BY_RUN })).join('\n');
}

partDescribe('kubectl', 'the checks of manifests', () => {
  beforeAll(() => {
    good = kustomize('deploy/edge/kubernetes/overlays/jetson');
  });

  it('find nothing where nothing is wrong', async () => {
    expect(await checkManifests(good, { madeElsewhere: MADE_BY_RUN })).toEqual([]);
  });

  // biome-ignore lint/suspicious/noExplicitAny: a mistake may be of any kind
  it.each<[string, string, (manifest: any) => void, RegExp]>([
    [
      'a selector beside its pods',
      'Deployment/forwarder',
      ({ spec }) => Object.assign(spec.selector.matchLabels, { a: 'b' }),
      /selector does not match/,
    ],
    [
      'two owners of one pod',
      'Deployment/message-logger',
      ({ spec }) => {
        spec.selector.matchLabels = { 'app.kubernetes.io/part-of': 'sightline' };
      },
      /also matches the pods of Deployment\/broker/,
    ],
    [
      'a Service of nobody',
      'Service/broker',
      ({ spec }) => {
        spec.selector = { app: 'brokr' };
      },
      /Service\/broker: its selector matches no pod/,
    ],
    [
      'a Service to no port',
      'Service/broker',
      ({ spec }) => {
        spec.ports[0].targetPort = 'mqt';
      },
      /has no port mqt/,
    ],
    [
      'a policy for a port that is not there',
      'NetworkPolicy/services-to-broker',
      ({ spec }) => {
        spec.ingress[0].ports[0].port = 8883;
      },
      /Deployment\/broker has no port 8883/,
    ],
    [
      'a way out to another port than the broker has',
      'NetworkPolicy/broker-and-names',
      ({ spec }) => {
        spec.egress[0].ports[0].port = 1884;
      },
      /Deployment\/broker has no port 1884/,
    ],
    [
      'a policy whose peers are nobody',
      'NetworkPolicy/services-to-broker',
      ({ spec }) => {
        spec.ingress[0].from[0].podSelector.matchLabels = { a: 'b' };
      },
      /no pod is \{"a":"b"\}/,
    ],
    [
      'rules that the policy does not switch on',
      'NetworkPolicy/detector',
      ({ spec }) => {
        spec.policyTypes = ['Ingress'];
      },
      /rules for Egress/,
    ],
    [
      'a ConfigMap that is nowhere',
      'ConfigMap/site',
      ({ metadata }) => {
        metadata.name = 'else';
      },
      /ConfigMap\/site-.* is nowhere/,
    ],
    [
      'a key that a Secret has not',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.template.spec.volumes[0].projected.sources[1].secret.items[0].key = 'forwrader';
      },
      /Secret\/broker-passwords has no key forwrader/,
    ],
    [
      'a volume that is not there',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.containers[0].volumeMounts[0].name = 'konfig';
      },
      /no volume is called konfig/,
    ],
    [
      'certificates by subPath',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.template.spec.containers[0].volumeMounts[0].subPath = 'tls';
      },
      /never renewed/,
    ],
    [
      'two writers of a spool',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.replicas = 2;
      },
      /one replica and strategy Recreate/,
    ],
    [
      'a rolling update of a spool',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.strategy = { type: 'RollingUpdate' };
      },
      /one replica and strategy Recreate/,
    ],
    [
      'an image without version',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.containers[0].image = 'registry.example:5000/eclipse-mosquitto';
      },
      /image with a version/,
    ],
    [
      'the newest of an image',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.containers[0].image = 'eclipse-mosquitto:latest';
      },
      /image with a version/,
    ],
    [
      'no bound for memory',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.containers[0].resources.limits = {};
      },
      /limit for memory/,
    ],
    [
      'no probe',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.containers[0].livenessProbe = undefined;
      },
      /Expected a livenessProbe/,
    ],
    [
      'root',
      'Deployment/broker',
      ({ spec }) => {
        spec.template.spec.securityContext.runAsUser = 0;
      },
      /runAsNonRoot and a user/,
    ],
    [
      'a privileged container',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.template.spec.containers[0].securityContext.privileged = true;
      },
      /Expected no privileged/,
    ],
    [
      'a folder of the node',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.template.spec.volumes[2] = { name: 'tmp', hostPath: { path: '/tmp' } };
      },
      /nothing of the node's, got \/tmp/,
    ],
    [
      'variables of Services',
      'Deployment/forwarder',
      ({ spec }) => {
        spec.template.spec.enableServiceLinks = undefined;
      },
      /enableServiceLinks/,
    ],
    [
      'a variable that no key has',
      'ConfigMap/site',
      ({ data }) => {
        data.SIGHTLINE_CLOUD_BROKR = 'x';
      },
      /SIGHTLINE_CLOUD_BROKR.*unknown/,
    ],
    [
      'a configuration that a service would refuse',
      'ConfigMap/sightline-config',
      ({ data }) => {
        data['sightline.yaml'] = 'version: 1\ncameras: [{ id: Door, source: sample }]\n';
      },
      /sightline.yaml:2: cameras\.0\.id/,
    ],
    [
      'a broker that is no address',
      'ConfigMap/site',
      ({ data }) => {
        data.SIGHTLINE_CLOUD_BROKER = 'cloud.example:8883';
      },
      /SIGHTLINE_CLOUD_BROKER/,
    ],
  ])('find %s', async (_, name, change, fault) => {
    expect(await after(name, change)).toMatch(fault);
  });

  it('find an object that stands there twice', async () => {
    const faults = await checkManifests([...good, ...good.slice(0, 1)], { madeElsewhere: MADE_BY_RUN });
    expect(faults.join('\n')).toMatch(/stands there twice/);
  });
});
