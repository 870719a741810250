import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, type Credentials, openAuthority } from '../../src/cli/pki/authority.ts';
import { createAuthority } from '../../src/cli/pki/create-authority.ts';

export interface Tls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A private CA in a folder, and certificates of it as files. */
export class BrokerCertificates {
  readonly #folder: string;
  authority!: Authority;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(): Promise<void> {
    await createAuthority(this.#folder, { type: 'new', name: 'Test CA', years: 1 });
    this.authority = await openAuthority(this.#folder);
  }

  server(): Promise<Credentials> {
    return this.authority.issueServer(['127.0.0.1', 'localhost']);
  }

  /** Certificate and key for a device, or for a role by its name with @. */
  async client(name: string): Promise<Tls> {
    if (name === '@image-processor') return this.#write(name, await this.authority.issueProcessor());
    if (name === '@operator') return this.#write(name, await this.authority.issueOperator());
    return this.#write(name, await this.authority.enrolDevice(name, { again: true }));
  }

  /** What our CA would never sign: any subject, as OpenSSL writes it. By another CA where `ca` is a folder with one. */
  odd(name: string, subject: string, ca = this.#folder): Tls {
    const file = this.#place(name);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', ...key, '-subj', subject, '-keyout', file('tls.key'), '-out', file('tls.csr'));
    const signer = ['-CA', join(ca, 'ca.crt'), '-CAkey', join(ca, 'ca.key'), '-set_serial', `0x7${Date.now()}`];
    openssl('x509', '-req', '-in', file('tls.csr'), ...signer, '-days', '1', '-out', file('tls.crt'));
    writeFileSync(file('ca.crt'), readFileSync(join(this.#folder, 'ca.crt')));
    return { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
  }

  #write(name: string, { ca, cert, key }: Credentials): Tls {
    const file = this.#place(name);
    writeFileSync(file('ca.crt'), ca);
    writeFileSync(file('tls.crt'), cert);
    writeFileSync(file('tls.key'), key);
    return { ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
  }

  #place(name: string): (file: string) => string {
    const folder = join(this.#folder, `issued-${name}-${Math.random().toString(36).slice(2)}`);
    mkdirSync(folder, { recursive: true });
    return (file) => join(folder, file);
  }
}
