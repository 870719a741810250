import { checkConfiguration } from './check-configuration.ts';
import { checkPods, type PodRules } from './check-pods.ts';
import { checkReferences, type MadeElsewhere } from './check-references.ts';
import { checkSchema, type OtherKinds } from './check-schema.ts';
import { checkSelectors } from './check-selectors.ts';
import type { Manifest } from './manifest.ts';

export interface ManifestRules extends PodRules {
  readonly madeElsewhere?: MadeElsewhere;
  readonly otherKinds?: OtherKinds;
}

/**
 * Everything that can be known of manifests without a cluster.
 * @returns what is wrong, one line each; the other checks wait until the schemas are satisfied
 */
export async function checkManifests(manifests: readonly Manifest[], rules: ManifestRules = {}): Promise<string[]> {
  const schema = await Promise.all(manifests.map((manifest) => checkSchema(manifest, rules.otherKinds)));
  if (schema.some((faults) => faults.length > 0)) return schema.flat();
  return [
    ...checkSelectors(manifests),
    ...checkReferences(manifests, rules.madeElsewhere),
    ...checkPods(manifests, rules),
    ...checkConfiguration(manifests),
  ];
}
