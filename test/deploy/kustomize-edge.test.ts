import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import { checkManifests } from './manifests/check-manifests.ts';
import { kustomize } from './manifests/kustomize.ts';

const EDGE = 'deploy/edge/kubernetes';
/** What run.sh makes in the cluster; the manifests hold no secret. */
export const MADE_BY_RUN = {
  'Secret/cloud-tls': ['ca.crt', 'tls.crt', 'tls.key'],
  'Secret/broker-passwords': ['face-detector', 'forwarder', 'message-logger'],
};
const overlays = readdirSync(new URL(`../../${EDGE}/overlays`, import.meta.url));

partDescribe('kubectl', 'the edge on Kubernetes', () => {
  it.each(['base', ...overlays.map((name) => `overlays/${name}`)])('%s holds together', async (folder) => {
    expect(await checkManifests(kustomize(`${EDGE}/${folder}`), { madeElsewhere: MADE_BY_RUN })).toEqual([]);
  });
});
