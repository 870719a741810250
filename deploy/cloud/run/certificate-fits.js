// Whether the certificate in a folder can stay. Runs inside the cloud image: `certificate-fits.js FOLDER CA DAYS [NAME…]`.
// Exit code 0: it was issued by CA, holds for DAYS more, carries every NAME and no !NAME; 1: it does not, and why.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

const [folder = '', caFile = '', days, ...names] = process.argv.slice(2);

function misfit() {
  let certificate;
  try {
    certificate = new X509Certificate(readFileSync(`${folder}/tls.crt`));
    readFileSync(`${folder}/tls.key`);
  } catch {
    return 'none yet';
  }
  const ca = new X509Certificate(readFileSync(caFile));
  if (!certificate.verify(ca.publicKey)) return 'issued by another authority';
  const daysLeft = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  if (!(daysLeft > Number(days))) return `valid until ${certificate.validTo}`;
  /** @param {string} name */
  const carries = (name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  const absent = names.find((name) => !name.startsWith('!') && !carries(name));
  if (absent) return `without ${absent}`;
  const unwanted = names.find((name) => name.startsWith('!') && carries(name.slice(1)));
  return unwanted && `with ${unwanted.slice(1)}`;
}

const reason = misfit();
if (reason) {
  process.stdout.write(`${reason}\n`);
  process.exitCode = 1;
}
