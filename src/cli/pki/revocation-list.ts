import { makeRevocationList, type Signer } from './certificate-maker.ts';
import type { Issued } from './register.ts';
import { lastingYears } from './validity.ts';

/** The list of a register's revoked certificates as PEM, good as long as the CA. */
export async function revocationList(
  signer: Signer,
  register: readonly Issued[],
  { nowMs, notAfter }: { readonly nowMs: number; readonly notAfter: Date },
): Promise<string> {
  const revoked = register.flatMap(({ serial, revokedAt }) =>
    revokedAt === undefined ? [] : [{ serial, revokedAt: new Date(revokedAt) }],
  );
  return makeRevocationList(signer, revoked, { notBefore: lastingYears(nowMs, 1).notBefore, notAfter });
}
