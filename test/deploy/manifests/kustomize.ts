import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.ts';

const KUBECTL_SCRIPT = fileURLToPath(new URL('../../support/kubectl.sh', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What `kubectl kustomize` makes of a folder, given from the root of the repository. No cluster is asked. */
export function kustomize(folder: string): Manifest[] {
  return readManifests(run(kubectl(), 'kustomize', folder));
}

/** The objects of a text of several YAML documents. Strict: a key that stands there twice is an error. */
export function readManifests(yaml: string): Manifest[] {
  return [...parseAllDocuments(yaml, { strict: true, uniqueKeys: true })].flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const value = document.toJS();
    return value === null ? [] : [value as Manifest];
  });
}

let found: string | undefined;

/** A kubectl that knows kustomize 5. */
export function kubectl(): string {
  found ??= run('/bin/sh', KUBECTL_SCRIPT, '--path').trim();
  return found;
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
