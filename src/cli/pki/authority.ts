import { X509Certificate } from 'node:crypto';
import { SightlineError, UsageError } from '../../platform/sightline-error.ts';
import { intermediates, readAuthorityFiles } from './authority-files.ts';
import { makeLeaf, randomSerial, readSigner, type Signer } from './certificate-maker.ts';
import { withFolderLock } from './folder-lock.ts';
import { type Issued, readRegister, stateOf, writeRegister } from './register.ts';
import { bringListUpToDate } from './revocation-list.ts';
import { OPERATOR_NAME, PROCESSOR_NAME, type Role, requireDeviceName, requireHosts, VALID_YEARS } from './roles.ts';
import { lastingYears } from './validity.ts';

/** All that one end of a connection needs, as PEM texts. The key is kept nowhere else. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl: string;
  readonly issued: Issued;
  /** What the name had that was valid when this one was made. */
  readonly former: readonly Issued[];
  /** It ends with the CA, at least a day before its time. */
  readonly isShortened: boolean;
}

type Wanted = Pick<Issued, 'name' | 'role' | 'hosts'>;

/** What valid certificates that a name has do: they stay, or they forbid a new one. */
type Former = 'keep' | 'forbid';

const DAY_MS = 86_400_000;

/** A private CA in a folder: issues, revokes, and remembers what it issued. Each call is alone at the folder, and reads it anew. */
export class Authority {
  readonly folder: string;
  /** PEM of the CA's certificate, and of those above it where it was made elsewhere: what both ends trust. */
  readonly ca: string;
  readonly #signer: Signer;
  readonly #notAfter: Date;
  readonly #now: () => number;

  /** @param now Milliseconds since 1970. */
  constructor(folder: string, now: () => number) {
    const { ca, key } = readAuthorityFiles(folder);
    this.folder = folder;
    this.ca = ca;
    this.#signer = readSigner(ca, key);
    this.#notAfter = new X509Certificate(ca).validToDate;
    this.#now = now;
  }

  /**
   * The one certificate of a device that joins.
   * @param again Where the device has a valid one: issue another. The former is to be revoked once this one is handed over. Otherwise
   * that is a UsageError.
   */
  async enrolDevice(name: string, { again = false }: { readonly again?: boolean } = {}): Promise<Credentials> {
    return this.#issue({ name: requireDeviceName(name), role: 'device' }, again ? 'keep' : 'forbid');
  }

  /** @throws UsageError when the device has a valid one: two of one name would take each other's place. */
  async issueDevice(name: string): Promise<Credentials> {
    return this.enrolDevice(name);
  }

  async issueProcessor(): Promise<Credentials> {
    return this.#issue({ name: PROCESSOR_NAME, role: 'processor' }, 'keep');
  }

  async issueOperator(): Promise<Credentials> {
    return this.#issue({ name: OPERATOR_NAME, role: 'operator' }, 'keep');
  }

  /** @param hosts DNS names and addresses; the server is called by the first. */
  async issueServer(hosts: readonly string[]): Promise<Credentials> {
    const names = requireHosts(hosts);
    return this.#issue({ name: names[0] ?? '', role: 'server', hosts: [...names] }, 'keep');
  }

  /**
   * A new certificate and key for a name that has one; the former stays valid until it expires.
   * @throws UsageError for a name that was never issued, or whose certificates were all revoked.
   */
  async renew(name: string): Promise<Credentials> {
    // Looked up where nobody revokes it at the same time: renewed, it would be back.
    const wanted = (register: readonly Issued[]): Wanted => {
      const last = register.findLast((issued) => issued.name === name && issued.revokedAt === undefined);
      if (last) return last;
      throw new UsageError(
        `Expected a name with a certificate that is not revoked, got ${JSON.stringify(name)}`,
        'See `sightline pki list`; a revoked device joins anew: `sightline pki device NAME`.',
      );
    };
    return this.#issue(wanted, 'keep');
  }

  /**
   * Revokes all valid certificates of a name, or the one with a serial, and writes the list; gives those that it revoked.
   * @throws UsageError for a name or serial that was never issued.
   */
  async revoke(nameOrSerial: string): Promise<readonly Issued[]> {
    return this.#revoke((register) => {
      const meant = matching(register, nameOrSerial);
      if (meant.length > 0) return meant;
      throw new UsageError(
        `Expected the name or serial of a certificate that was issued here, got ${JSON.stringify(nameOrSerial)}`,
        'See `sightline pki list`.',
      );
    });
  }

  /** Revokes just these, as far as they are valid still, and writes the list. */
  async revokeThese(these: readonly Issued[]): Promise<void> {
    const serials = new Set(these.map(({ serial }) => serial));
    await this.#revoke((register) => register.filter(({ serial }) => serials.has(serial)));
  }

  /** Everything that was issued, oldest first. */
  async list(): Promise<readonly Issued[]> {
    return readRegister(this.folder);
  }

  async #revoke(meant: (register: readonly Issued[]) => readonly Issued[]): Promise<readonly Issued[]> {
    return withFolderLock(this.folder, async () => {
      const register = readRegister(this.folder);
      const valid = meant(register).filter((issued) => stateOf(issued, this.#now()) === 'valid');
      const after = this.#revoked(register, valid);
      await this.#write(after);
      const serials = new Set(valid.map(({ serial }) => serial));
      return after.filter(({ serial }) => serials.has(serial));
    });
  }

  async #issue(what: Wanted | ((register: readonly Issued[]) => Wanted), former: Former): Promise<Credentials> {
    return withFolderLock(this.folder, async () => {
      const register = readRegister(this.folder);
      const { name, role, hosts } = typeof what === 'function' ? what(register) : what;
      const living = register.filter((one) => one.name === name && stateOf(one, this.#now()) === 'valid');
      const [other] = living.filter((one) => one.role !== role);
      if (other) throw new UsageError(`Expected a name that only a ${role} has, got ${name}: a ${other.role} has it`);
      const [last] = living.slice(-1);
      if (last && former === 'forbid') throw takenBy(last);
      const { isShortened, ...validity } = this.#validity(role);
      const serial = randomSerial();
      const usage = role === 'server' ? 'server' : 'client';
      const order = { ...validity, serial, commonName: name, usage, hosts: hosts ?? [] } as const;
      const { cert, key } = await makeLeaf(this.#signer, order);
      const issued: Issued = {
        serial,
        name,
        role,
        ...(hosts ? { hosts } : {}),
        notBefore: validity.notBefore.toISOString(),
        notAfter: validity.notAfter.toISOString(),
      };
      // Before anybody gets it: what is not in the register could not be revoked.
      const crl = await this.#write([...register, issued]);
      return { ca: this.ca, cert: cert + intermediates(this.ca), key, crl, issued, former: living, isShortened };
    });
  }

  #validity(role: Role): { readonly notBefore: Date; readonly notAfter: Date; readonly isShortened: boolean } {
    const nowMs = this.#now();
    if (nowMs > this.#notAfter.getTime())
      throw new SightlineError(
        `Expected a CA that is still valid in ${this.folder}, got one until ${this.#notAfter.toISOString()}`,
        {
          hint: 'Make a new one in another folder, and let both ends trust both (one ca.crt after the other in one file, and for the broker one ca.crl after the other too) until all have changed.',
        },
      );
    const { notBefore, notAfter } = lastingYears(nowMs, VALID_YEARS[role]);
    const end = notAfter < this.#notAfter ? notAfter : this.#notAfter;
    return { notBefore, notAfter: end, isShortened: notAfter.getTime() - end.getTime() >= DAY_MS };
  }

  #revoked(register: readonly Issued[], these: readonly Issued[]): readonly Issued[] {
    const revokedAt = new Date(this.#now()).toISOString();
    return register.map((issued) => (these.includes(issued) ? { ...issued, revokedAt } : issued));
  }

  /** The register first: a list that was not written is written by the next call, for it is made of the register. */
  async #write(register: readonly Issued[]): Promise<string> {
    writeRegister(this.folder, register);
    return bringListUpToDate(this.folder, this.#signer, register, { nowMs: this.#now(), notAfter: this.#notAfter });
  }
}

/**
 * Opens the CA that `sightline pki init` made in a folder.
 * @param now Milliseconds since 1970.
 * @throws UsageError where there is none; SightlineError where it is damaged.
 */
export async function openAuthority(folder: string, now: () => number = Date.now): Promise<Authority> {
  return new Authority(folder, now);
}

function matching(register: readonly Issued[], nameOrSerial: string): readonly Issued[] {
  const named = register.filter(({ name }) => name === nameOrSerial);
  if (named.length > 0) return named;
  // OpenSSL writes serials in capitals, and with colons.
  const serial = nameOrSerial.replaceAll(':', '').toLowerCase();
  return register.filter((issued) => issued.serial === serial);
}

function takenBy({ name, notAfter }: Issued): UsageError {
  return new UsageError(
    `Expected a device without a valid certificate, got ${name}, which has one until ${notAfter}`,
    `The same device: \`sightline pki renew ${name}\`. Lost, or set up anew: \`sightline pki revoke ${name}\` first, or enrol it with --again.`,
  );
}
