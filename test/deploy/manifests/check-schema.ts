import type { Manifest } from './manifest.ts';
import { nameOf } from './manifest.ts';
import { watchReads } from './watch-reads.ts';

/** As Ajv compiles them: true, or the faults are in `errors`. */
export interface Validate {
  (data: unknown): boolean;
  errors?: readonly { instancePath: string; keyword: string; message?: string; params: unknown }[] | null;
}

/** A kind that Kubernetes itself does not have: a schema for it, by `apiVersion/kind`. */
export type OtherKinds = Readonly<Record<string, Validate>>;

/**
 * Checks an object against the schema of its kind in Kubernetes (1.34, from npm's kubernetes-models): types, required
 * fields, and fields that no schema knows, which an API server would drop without a word.
 * @returns what is wrong, one line each
 */
export async function checkSchema(manifest: Manifest, others: OtherKinds = {}): Promise<string[]> {
  const validate = others[`${manifest.apiVersion}/${manifest.kind}`] ?? (await schemaOf(manifest));
  if (!validate) return [`${nameOf(manifest)}: Expected a stable kind of Kubernetes, got ${manifest.apiVersion}`];
  const { watched, unread } = watchReads(manifest);
  const isValid = validate(watched);
  const faults = (validate.errors ?? []).map(
    ({ instancePath, keyword, message, params }) => `${instancePath}: ${message ?? keyword} ${JSON.stringify(params)}`,
  );
  const isGap = (path: string) => GAPS.includes(`${manifest.kind}${path}`);
  const unknown = isValid
    ? unread()
        .filter((path) => !isGap(path))
        .map((path) => `${path}: a field that ${manifest.kind} does not have`)
    : [];
  return [...faults, ...unknown].map((fault) => `${nameOf(manifest)}: ${fault}`);
}

/** Fields of Kubernetes that the compiled schemas leave out: they lost those called as a keyword of JSON Schema. */
const GAPS: readonly string[] = ['PriorityClass/description'];

/** Names in kubernetes-models: IoK8sApi, the group's first word (Core where there is none), version, kind. */
async function schemaOf({ apiVersion, kind }: Manifest): Promise<Validate | undefined> {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  // It also has what clusters have dropped since, such as extensions/v1beta1; what is stable stays.
  if (!/^v\d+$/.test(version)) return undefined;
  const words = ['IoK8sApi', capital(group.split('.')[0] ?? ''), capital(version), kind];
  try {
    return (await import(`kubernetes-models/_schemas/${words.join('')}`)).validate;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
