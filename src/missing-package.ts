import { EXIT_CODES } from './platform/exit-codes.ts';
import { SightlineError, systemErrorCode } from './platform/sightline-error.ts';

/** The npm package that an import asked for and this installation has not; undefined for every other error. */
export function missingPackage(error: unknown): string | undefined {
  if (systemErrorCode(error) !== 'ERR_MODULE_NOT_FOUND') return undefined;
  return /^Cannot find package '([^']+)'/.exec((error as Error).message)?.[1];
}

/** For whoever starts a service where only another one's packages are installed: mostly in the wrong image. */
export function missingPackageError(name: string): SightlineError {
  return new SightlineError(`Expected the npm package ${name}, got none: this installation is for other services`, {
    hint: 'Of the images, sightline-vision has the face-detector and detect, sightline-relay the forwarder and the message-logger, sightline-cloud the image-processor, audit of a bucket, fleet and pki. In a clone: npx sightline setup',
    exitCode: EXIT_CODES.missingPart,
  });
}
