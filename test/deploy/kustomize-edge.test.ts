import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/folder.ts';
import { partDescribe } from '../support/parts.ts';
import { checkManifests } from './manifests/check-manifests.ts';
import { MADE_BY_RUN } from './manifests/edge-site.ts';
import { kustomize } from './manifests/kustomize.ts';
import type { Manifest } from './manifests/manifest.ts';
import { containersOf, podsOf, selects } from './manifests/pods.ts';

const EDGE = 'deploy/edge/kubernetes';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const overlays = readdirSync(join(ROOT, EDGE, 'overlays'));

partDescribe('kubectl', 'the edge on Kubernetes', () => {
  it.each(['base', ...overlays.map((name) => `overlays/${name}`)])('%s holds together', async (folder) => {
    expect(await checkManifests(kustomize(`${EDGE}/${folder}`), { madeElsewhere: MADE_BY_RUN })).toEqual([]);
  });

  it.each([
    ['usb-camera', ['Deployment/face-detector']],
    ['camera-from-plugin', []],
  ])('the component %s fits on it', async (name, privileged) => {
    const manifests = withComponent(name);
    expect(await checkManifests(manifests, { madeElsewhere: MADE_BY_RUN, privileged })).toEqual([]);
    const detector = podsOf(manifests).find(({ of }) => of === 'Deployment/face-detector');
    expect(detector?.spec.securityContext).toMatchObject({ runAsUser: 10001, supplementalGroups: [44] });
  });

  it('is the release that package.json names', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const images = new Set(podsOf(kustomize(`${EDGE}/overlays/several-cameras`)).flatMap(imagesOf));
    expect([...images].sort()).toEqual([
      'eclipse-mosquitto:2',
      `sightline-relay:${version}`,
      `sightline-vision:${version}`,
    ]);
  });

  it.each(overlays)('%s lets nobody reach a pod that no policy names', (overlay) => {
    const manifests = kustomize(`${EDGE}/overlays/${overlay}`);
    const closed = manifests.find(({ metadata }) => metadata.name === 'nothing-by-default');
    expect(closed?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const toBroker = manifests.filter(
      ({ kind, spec }) =>
        kind === 'NetworkPolicy' && spec.ingress && selects(spec.podSelector, { 'app.kubernetes.io/name': 'broker' }),
    );
    expect(toBroker.map(({ metadata }) => metadata.name)).toEqual(['services-to-broker']);
    expect(manifests.filter(({ kind, spec }) => kind === 'Service' && spec.type !== undefined)).toEqual([]);
    expect(manifests.filter(({ kind }) => kind === 'Secret' || kind === 'Ingress')).toEqual([]);
  });

  it.each(['raspberry-pi', 'amd64'])('%s fits on a board with 4 GB beside k3s', (overlay) => {
    const containers = podsOf(kustomize(`${EDGE}/overlays/${overlay}`)).flatMap(containersOf);
    const sum = (which: 'requests' | 'limits') =>
      containers.reduce((total, { resources }) => total + mebibytes(resources[which].memory), 0);
    expect(sum('requests')).toBeLessThan(1024);
    expect(sum('limits')).toBeLessThan(2.5 * 1024);
  });

  it('keeps the cameras of several detectors apart', () => {
    const configs = kustomize(`${EDGE}/overlays/several-cameras`).flatMap(
      ({ data = {} }) => data['sightline.yaml'] ?? [],
    );
    const ids = configs.flatMap((text) => parse(text).cameras.map(({ id }: { id: string }) => id));
    expect(configs).toHaveLength(2);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

function imagesOf(pod: ReturnType<typeof podsOf>[number]): string[] {
  return containersOf(pod).map(({ image }) => image);
}

function mebibytes(quantity: string): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
}

/** The base with a component, as an overlay of somebody's own would have it. */
function withComponent(name: string): Manifest[] {
  const folder = temporaryFolder();
  const from = (path: string) => relative(folder.path, join(ROOT, EDGE, path));
  const kustomization = { resources: [from('base')], components: [from(`components/${name}`)] };
  writeFileSync(join(folder.path, 'kustomization.yaml'), JSON.stringify(kustomization));
  const manifests = kustomize(folder.path);
  folder.remove();
  return manifests;
}
