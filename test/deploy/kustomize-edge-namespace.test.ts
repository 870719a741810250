import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { partDescribe } from '../support/parts.ts';
import type { EdgeRun } from './manifests/edge-run.ts';
import { type EdgeSite, startEdgeSite } from './manifests/edge-site.ts';
import type { StandInCluster } from './manifests/stand-in-cluster.ts';

const OURS = { 'app.kubernetes.io/part-of': 'sightline' };
const OTHERS = ['Deployment/shop', 'Secret/shop-key', 'PersistentVolumeClaim/shop-data'];

partDescribe('kubectl', 'deploy/edge/run.sh and a namespace that it did not make', () => {
  let site: EdgeSite;
  let edge: EdgeRun;
  let cluster: StandInCluster;

  beforeAll(async () => {
    site = await startEdgeSite();
    ({ edge, cluster } = site);
  });
  afterEach(() => cluster.objects.clear());
  afterAll(() => site.stop());

  function shop(labels: Readonly<Record<string, string>>): void {
    cluster.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'gate-3' } });
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } });
    for (const other of OTHERS) {
      const [kind = '', name = ''] = other.split('/');
      const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
      cluster.put({ apiVersion, kind, metadata: { name, namespace: 'shop' } });
    }
  }

  function up(): ReturnType<EdgeRun['run']> {
    const camera = ['--source', 'rtsp://192.0.2.3/s'];
    return edge.run('--bundle', site.bundle, '--no-build', ...camera, '--namespace', 'shop');
  }

  it("changes nothing in somebody else's", async () => {
    shop({ 'kubernetes.io/metadata.name': 'shop' });
    cluster.requests.length = 0;
    const ran = await up();
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("got shop, which is somebody else's") });
    expect(cluster.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('takes one that was handed over, and on --purge leaves it with what others have there', async () => {
    shop(OURS);
    expect(await up()).toMatchObject({ code: 0 });
    const ran = await edge.run('--down', '--purge', '--yes');
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('kept the namespace shop') });
    expect([...cluster.objects.keys()].sort()).toEqual([...OTHERS, 'Namespace/shop', 'Node/gate-3'].sort());
  });
});
