import type { LinkConfig } from '../../platform/config/schema.ts';

/** The broker's URL without a user and password, as services show it in their readiness. */
export function addressOf({ broker }: Pick<LinkConfig, 'broker'>): string {
  const { protocol, host } = new URL(broker);
  return `${protocol}//${host}`;
}
