import { z } from 'zod';
import { errorMessage } from '../platform/sightline-error.ts';

const TIMEOUT_MS = 3000;
/** Longer answers are not from us. */
const MAX_ANSWER_CHARACTERS = 1_000_000;
/** Addresses that mean "all of this machine" and can't be connected to everywhere. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

const readinessSchema = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ service: z.string(), name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
});

/** What `/readyz` of a process says. */
export type ReadinessAnswer = z.infer<typeof readinessSchema>;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Where a process serves health that is configured with this host. */
export function healthUrl(host: string, port: number): string {
  const address = ANY_ADDRESS[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${address}:${port}`;
}

/** The answer, or why there is none. */
export async function askHealth(url: URL, signal: AbortSignal): Promise<Answer | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    return { status: response.status, text: (await response.text()).slice(0, MAX_ANSWER_CHARACTERS) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const first = cause instanceof AggregateError ? cause.errors[0] : cause;
    return errorMessage(first);
  }
}

/** Undefined when it is not an answer of Sightline's `/readyz`. */
export function readReadiness({ text }: Answer): ReadinessAnswer | undefined {
  try {
    return readinessSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
