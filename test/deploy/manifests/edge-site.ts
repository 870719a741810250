import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { temporaryFolder } from '../../support/folder.ts';
import { EdgeRun, sightline } from './edge-run.ts';
import { StandInCluster } from './stand-in-cluster.ts';

export interface EdgeSite {
  readonly folder: string;
  readonly edge: EdgeRun;
  readonly cluster: StandInCluster;
  /** Of a TLS server on 127.0.0.1 with a certificate of the same authority, which wants one of its clients. */
  readonly port: string;
  /** The file with the enrolment of gate-3 there. */
  readonly bundle: string;
  stop(): Promise<void>;
}

/** A board whose node is called gate-3, and what run.sh sees of its cloud. */
export async function startEdgeSite(): Promise<EdgeSite> {
  const folder = temporaryFolder();
  const cluster = new StandInCluster();
  const edge = new EdgeRun(folder.path, await cluster.start());
  const pki = ['--pki', join(folder.path, 'pki')];
  await sightline('pki', 'init', ...pki);
  await sightline('pki', 'server', '--host', '127.0.0.1', '--out', join(folder.path, 'server'), ...pki);
  const pem = (name: string) => readFileSync(join(folder.path, 'server', name));
  const [cert, key, ca] = [pem('tls.crt'), pem('tls.key'), pem('ca.crt')];
  const cloud = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  cloud.on('tlsClientError', () => {});
  cloud.listen(0);
  await once(cloud, 'listening');
  const port = String((cloud.address() as AddressInfo).port);
  const bundle = join(folder.path, 'gate-3.bundle');
  writeFileSync(bundle, await sightline('fleet', 'enrol', 'gate-3', '--broker', `mqtts://127.0.0.1:${port}`, ...pki));
  return {
    folder: folder.path,
    edge,
    cluster,
    port,
    bundle,
    async stop() {
      cloud.close();
      await cluster.stop();
      folder.remove();
    },
  };
}

/** What run.sh makes in the cluster; the manifests hold no secret. */
export const MADE_BY_RUN = {
  'Secret/cloud-tls': ['ca.crt', 'tls.crt', 'tls.key'],
  'Secret/broker-passwords': ['face-detector', 'forwarder', 'message-logger'],
};
