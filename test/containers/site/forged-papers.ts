import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Papers } from './visitor.ts';

/** A certificate for this name by an authority that anybody can make up. @param ca what the forger trusts: the true one */
export function papersOfAnotherAuthority(name: string, ca: string): Required<Papers> {
  return inFolder((openssl, read) => {
    openssl('req', '-x509', ...KEY, '-subj', '/CN=Somebody', '-days', '1', '-keyout', 'other.key', '-out', 'other.crt');
    return { ...signedBy('other', name, openssl, read), ca };
  });
}

/** A certificate for another name that an enrolled device has signed with its own key, shown together with its own. */
export function papersSignedByDevice(device: Required<Papers>, name: string): Required<Papers> {
  return inFolder((openssl, read, folder) => {
    writeFileSync(join(folder, 'device.crt'), device.cert);
    writeFileSync(join(folder, 'device.key'), device.key);
    const { cert, key } = signedBy('device', name, openssl, read);
    return { ca: device.ca, cert: `${cert}${device.cert}`, key };
  });
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

type Openssl = (...args: string[]) => void;
type Read = (name: string) => string;

function signedBy(issuer: string, name: string, openssl: Openssl, read: Read): { cert: string; key: string } {
  openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', 'forged.key', '-out', 'forged.csr');
  const authority = ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'forged.csr', ...authority, '-days', '1', '-out', 'forged.crt');
  return { cert: read('forged.crt'), key: read('forged.key') };
}

function inFolder(make: (openssl: Openssl, read: Read, folder: string) => Required<Papers>): Required<Papers> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-forger-'));
  try {
    const openssl: Openssl = (...args) => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    return make(openssl, (name) => readFileSync(join(folder, name), 'utf8'), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
