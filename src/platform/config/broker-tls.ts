import type { z } from 'zod';
import { brokerUrl } from './fields.ts';

interface TlsSettings {
  readonly broker: string;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Refuses certificates that would not be used as they are meant: without TLS they do nothing (or, with some clients, switch it on
 * unasked), and one half of a client certificate is none.
 */
export function checkTls(link: TlsSettings, context: z.RefinementCtx): void {
  const given = (['cert', 'key', 'ca'] as const).filter((field) => link[field] !== undefined);
  const [first] = given;
  // What is no address of a broker was told already.
  const isPlain = brokerUrl.safeParse(link.broker).success && new URL(link.broker).protocol !== 'mqtts:';
  if (first !== undefined && isPlain)
    context.addIssue({
      code: 'custom',
      path: ['broker'],
      message: `Expected mqtts:// where there is a ${first}`,
      input: link.broker,
    });
  if ((link.cert === undefined) !== (link.key === undefined))
    context.addIssue({
      code: 'custom',
      path: [link.cert === undefined ? 'key' : 'cert'],
      message: 'Expected cert and key together',
      input: link.cert ?? link.key,
    });
}
