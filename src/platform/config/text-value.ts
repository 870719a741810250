import type { z } from 'zod';
import { acceptsBoolean, acceptsNumber } from './schema-walk.ts';

/** A value that came as text (environment, flag), read as its schema wants it; text that doesn't fit is left for the schema to refuse. */
export function readTextValue(schema: z.core.$ZodType, text: string): string | number | boolean {
  if (acceptsBoolean(schema) && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (acceptsNumber(schema) && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}
