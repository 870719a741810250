import { NETWORK_FAULTS, UNTRUSTED_CERTIFICATE_CODES } from '../../../platform/network-fault.ts';
import { errorMessage, systemErrorCode } from '../../../platform/sightline-error.ts';
import { StoreError } from './store-error.ts';

/** What is known of the place, for words. */
export interface S3Place {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** What the SDK calls faults of its own. */
const SDK_FAULTS: Readonly<Record<string, string>> = {
  TimeoutError: 'it does not answer in time',
  CredentialsProviderError:
    'no credentials were found: give store.accessKeyId and store.secretAccessKey, an AWS profile or an instance role',
};

/** What S3 calls its errors (Amazon S3 API reference, "Error responses"), and what a person can do. */
const ANSWERS: Readonly<Record<string, string>> = {
  AccessDenied: 'these credentials need s3:PutObject and s3:GetObject below the prefix',
  Forbidden: 'these credentials need s3:PutObject and s3:GetObject below the prefix',
  InvalidAccessKeyId: 'the store does not know this access key',
  SignatureDoesNotMatch: 'the secret access key is wrong',
  ExpiredToken: 'the credentials have expired',
  InvalidToken: 'the session token is not valid',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  NoSuchBucket: 'the bucket does not exist: create it, or correct store.url',
  PermanentRedirect: 'the bucket is in another region: correct store.region',
  AuthorizationHeaderMalformed: 'the region is wrong: correct store.region',
  IllegalLocationConstraintException: 'the region is wrong: correct store.region',
  SlowDown: 'the store asks for fewer requests',
  QuotaExceeded: 'the store is full',
  EntityTooLarge: 'the store takes no objects of this size',
};

/** Turns whatever a request to S3 ended with into words; nothing of it is ever the object's fault. */
export function s3Fault(place: S3Place, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const status = httpStatus(error);
  const where = `${place.endpoint ?? `S3${place.region ? ` in ${place.region}` : ''}`}, bucket ${place.bucket}`;
  if (status !== undefined && status > 0) return answer(where, status, error);
  const code = networkCode(error);
  const words = describeCode(code) ?? regionMissing(error) ?? errorMessage(error);
  return new StoreError(`Expected to reach the store (${where}), but ${words}`, code, { cause: error });
}

function answer(where: string, status: number, error: unknown): StoreError {
  const name = error instanceof Error ? error.name : '';
  const code = /^[A-Z][A-Za-z]+$/.test(name) && !GENERIC.has(name) ? name : `http-${status}`;
  const fallback = ANSWERS[code] ?? (status === 403 ? ANSWERS.AccessDenied : undefined);
  const isNamed = code !== `http-${status}`;
  const said = isNamed ? errorMessage(error).slice(0, 200) : 'no reason given';
  return new StoreError(
    `Expected the store (${where}) to take objects, it answered ${status}${isNamed ? ` ${code}` : ''}: ${fallback ?? said}`,
    code,
    { status, cause: error },
  );
}

/** Names that the SDK invents where a body said nothing. */
const GENERIC = new Set(['Error', 'UnknownError', 'Unknown', 'S3ServiceException', 'SyntaxError', 'TypeError']);

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode;
}

/** Node tries every address of a name and wraps what each answered; the SDK names what it makes itself. */
function networkCode(error: unknown): string {
  if (error instanceof AggregateError) return systemErrorCode(error) ?? systemErrorCode(error.errors[0]) ?? 'other';
  const name = error instanceof Error ? error.name : '';
  return systemErrorCode(error) ?? (name === 'Error' || name === '' ? 'other' : name);
}

function describeCode(code: string): string | undefined {
  if (UNTRUSTED_CERTIFICATE_CODES.has(code))
    return 'its certificate is not trusted: name the CA with NODE_EXTRA_CA_CERTS';
  return SDK_FAULTS[code] ?? NETWORK_FAULTS[code];
}

function regionMissing(error: unknown): string | undefined {
  return /region is missing/i.test(errorMessage(error)) ? 'its region is not known: give store.region' : undefined;
}
