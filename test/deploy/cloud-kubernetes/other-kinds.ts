import { z } from 'zod';
import type { OtherKinds, Validate } from '../manifests/check-schema.ts';

/*
 * Kinds that Kubernetes itself does not have, as far as we use them, from their projects' references: cert-manager 1.12
 * (cert-manager.io/docs/reference/api-docs) and KEDA 2.17 (keda.sh/docs/2.17/reference/scaledobject-spec, scalers/prometheus).
 */

const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
});

const duration = z.string().regex(/^\d+h$/);

const issuer = z.strictObject({
  apiVersion: z.literal('cert-manager.io/v1'),
  kind: z.literal('Issuer'),
  metadata,
  spec: z.strictObject({ ca: z.strictObject({ secretName: z.string() }) }),
});

const certificate = z.strictObject({
  apiVersion: z.literal('cert-manager.io/v1'),
  kind: z.literal('Certificate'),
  metadata,
  spec: z.strictObject({
    secretName: z.string(),
    commonName: z.string().max(64),
    dnsNames: z.array(z.string()).optional(),
    usages: z.array(z.enum(['digital signature', 'client auth', 'server auth'])),
    duration,
    renewBefore: duration,
    privateKey: z.strictObject({
      algorithm: z.literal('ECDSA'),
      size: z.union([z.literal(256), z.literal(384), z.literal(521)]),
      rotationPolicy: z.enum(['Never', 'Always']),
    }),
    issuerRef: z.strictObject({ name: z.string() }),
  }),
});

const numberText = z.string().regex(/^\d+(\.\d+)?$/);

const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: z.string() }),
    pollingInterval: z.int().positive(),
    minReplicaCount: z.int().nonnegative(),
    maxReplicaCount: z.int().positive(),
    fallback: z.strictObject({
      failureThreshold: z.int().positive(),
      replicas: z.int().positive(),
      behavior: z.enum(['static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower']),
    }),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({
        behavior: z.strictObject({
          scaleDown: z.strictObject({
            stabilizationWindowSeconds: z.int(),
            policies: z.array(
              z.strictObject({ type: z.enum(['Pods', 'Percent']), value: z.int(), periodSeconds: z.int() }),
            ),
          }),
        }),
      }),
    }),
    triggers: z.array(
      z.strictObject({
        type: z.literal('prometheus'),
        name: z.string(),
        metricType: z.enum(['AverageValue', 'Value']).optional(),
        metadata: z.strictObject({
          serverAddress: z.url(),
          query: z.string(),
          threshold: numberText,
          ignoreNullValues: z.enum(['true', 'false']).optional(),
        }),
      }),
    ),
  }),
});

function validator(schema: z.ZodType): Validate {
  const validate: Validate = (data) => {
    const { error } = schema.safeParse(data);
    validate.errors =
      error?.issues.map(({ path, code, message }) => ({
        instancePath: `/${path.join('/')}`,
        keyword: code,
        message,
        params: {},
      })) ?? null;
    return !error;
  };
  return validate;
}

export const OTHER_KINDS: OtherKinds = {
  'cert-manager.io/v1/Issuer': validator(issuer),
  'cert-manager.io/v1/Certificate': validator(certificate),
  'keda.sh/v1alpha1/ScaledObject': validator(scaledObject),
};
