import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SightlineError, systemErrorCode, UsageError } from '../../platform/sightline-error.ts';
import { ROLES } from './roles.ts';
import { writeWhole } from './write-file.ts';

const VERSION = 1;

const issuedSchema = z.strictObject({
  serial: z.string().regex(/^[0-9a-f]{2,40}$/),
  name: z.string().min(1),
  role: z.enum(ROLES),
  /** Of a server. */
  hosts: z.array(z.string()).optional(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  revokedAt: z.iso.datetime().optional(),
});

const registerSchema = z.strictObject({ version: z.literal(VERSION), certificates: z.array(issuedSchema) });

/** One certificate that was issued; instants in ISO 8601, the serial in lower-case hexadecimal digits. */
export type Issued = Readonly<z.infer<typeof issuedSchema>>;

export type IssuedState = 'valid' | 'expired' | 'revoked';

export function stateOf({ revokedAt, notAfter }: Issued, nowMs: number): IssuedState {
  if (revokedAt !== undefined) return 'revoked';
  return Date.parse(notAfter) < nowMs ? 'expired' : 'valid';
}

/**
 * Reads what was issued, oldest first.
 * @throws SightlineError where the register is gone, damaged or of a newer Sightline: what it does not say can't be revoked.
 */
export function readRegister(folder: string): readonly Issued[] {
  const file = join(folder, 'index.json');
  let tree: unknown;
  try {
    tree = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (systemErrorCode(cause) === 'EACCES') throw new UsageError(`Expected ${file} to be readable, got EACCES`);
    throw damaged(file, cause instanceof SyntaxError ? 'no JSON' : String(cause));
  }
  const version = z.object({ version: z.int() }).safeParse(tree).data?.version ?? 0;
  if (version > VERSION)
    throw new SightlineError(`Expected ${file} of version ${VERSION}, got ${version}: a newer Sightline wrote it`, {
      hint: 'Update this one.',
    });
  const { data, error } = registerSchema.safeParse(tree);
  if (data) return data.certificates;
  const [issue] = error.issues;
  throw damaged(file, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** Replaces the register as a whole. */
export function writeRegister(folder: string, certificates: readonly Issued[]): void {
  writeWhole(
    join(folder, 'index.json'),
    `${JSON.stringify({ version: VERSION, certificates }, undefined, 2)}\n`,
    0o600,
  );
}

function damaged(file: string, what: string): SightlineError {
  return new SightlineError(`Expected ${file} to say what was issued, got ${what}`, {
    hint: 'Take the folder from its backup; without the register nothing of the past can be revoked.',
  });
}
