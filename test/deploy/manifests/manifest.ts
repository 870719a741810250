/** One object of Kubernetes as it stands in YAML; nothing of it is trusted before `checkSchema` passed it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own, and the schema has judged them
  readonly [field: string]: any;
}

/** What stands for an object in messages: `Deployment/forwarder`. */
export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata?.name}`;
}
