import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openAuthority } from '../../src/cli/pki/authority.ts';
import { writeCredentials } from '../../src/cli/pki/write-credentials.ts';
import { pkiCommand } from '../../src/cli/pki.ts';
import { temporaryFolder } from './folder.ts';
import { type CommandResult, runCommand } from './run-command.ts';

/** A folder with a CA in `pki`, and what `sightline pki` wrote beside it. */
export class PkiFolder {
  readonly #folder = temporaryFolder();

  remove(): void {
    this.#folder.remove();
  }

  at(...path: readonly string[]): string {
    return join(this.#folder.path, ...path);
  }

  async pki(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(pkiCommand, ...args, '--pki', this.at('pki'));
  }

  /** Runs it into `out`, a folder by its name here. */
  async issue(out: string, ...args: readonly string[]): Promise<void> {
    await this.pki(...args, '--out', this.at(out));
  }

  /** A device's certificate as if it were issued so many days from now; less than none: ago. The list is of that day too. */
  async issueDeviceAt(daysFromNow: number, name: string): Promise<void> {
    const authority = await openAuthority(this.at('pki'), () => Date.now() + daysFromNow * 86_400_000);
    writeCredentials(this.at(name), await authority.issueDevice(name));
  }

  /** What the command says is wrong. */
  async fault(...args: readonly string[]): Promise<string> {
    return this.pki(...args).then(
      () => 'no fault',
      (error: Error) => error.message,
    );
  }

  certificate(...path: readonly string[]): X509Certificate {
    return new X509Certificate(readFileSync(this.at(...path)));
  }

  /** Rights in octal digits. */
  mode(...path: readonly string[]): string {
    return (statSync(this.at(...path)).mode & 0o777).toString(8);
  }

  /** What openssl says of `<name>/tls.crt` by the CA and its list: '' when all is well. */
  verdict(purpose: 'sslserver' | 'sslclient', name: string): string {
    const trust = ['-CAfile', this.at('pki', 'ca.crt'), '-crl_check', '-CRLfile', this.at('pki', 'ca.crl')];
    const args = ['verify', '-x509_strict', '-purpose', purpose, ...trust, this.at(name, 'tls.crt')];
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return status === 0 ? '' : stderr;
  }
}
