import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';
import type { CommandIo } from '../command.ts';
import type { Authority, Credentials } from './authority.ts';
import { VALID_YEARS } from './roles.ts';

/**
 * Hands over what was issued, and revokes it where that fails: nobody has it whole, and a device that has a certificate gets no other one.
 * @throws what `give` throws; SightlineError when it can't even be revoked.
 */
export async function handOver(
  authority: Authority,
  { issued }: Credentials,
  give: () => void | Promise<void>,
): Promise<void> {
  try {
    await give();
  } catch (error) {
    await authority.revokeThese([issued]).catch((cause: unknown) => {
      throw new SightlineError(
        `${errorMessage(error)}. Its certificate should be revoked then, but: ${errorMessage(cause)}`,
        { hint: `\`sightline pki revoke ${issued.serial}\``, exitCode: EXIT_CODES.environment, cause },
      );
    });
    throw error;
  }
}

/** Says so of a certificate that lasts less long than those of its kind do. */
export function tellShortLife({ issued, isShortened }: Credentials, { stderr }: CommandIo): void {
  if (!isShortened) return;
  const years = VALID_YEARS[issued.role];
  stderr(
    `${issued.name} is valid until ${issued.notAfter.slice(0, 10)} only, not for ${years === 1 ? 'a year' : `${years} years`}: its CA ends then. Make a new CA in time.\n`,
  );
}
