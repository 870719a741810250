import { errorMessage, systemErrorCode } from '../../../platform/sightline-error.ts';
import { StoreError } from './store-error.ts';

/** What is known of the place, for words. */
export interface S3Place {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ECONNRESET: 'it reset the connection',
  EPIPE: 'it closed the connection',
  TimeoutError: 'it does not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired (or the clock here is wrong)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted: name the CA with NODE_EXTRA_CA_CERTS',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted: name the CA with NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted: name the CA with NODE_EXTRA_CA_CERTS',
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
  const words = NETWORK[code] ?? regionMissing(error) ?? errorMessage(error);
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

function regionMissing(error: unknown): string | undefined {
  return /region is missing/i.test(errorMessage(error)) ? 'its region is not known: give store.region' : undefined;
}
