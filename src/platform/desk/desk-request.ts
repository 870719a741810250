import { z } from 'zod';
import { SPOOL_STATES } from '../spool/protocol.ts';

/** Longest line that the desk reads: its largest request fits. */
export const MAX_REQUEST_BYTES = 256 * 1024;
/** Ids in one request. */
export const MAX_DESK_IDS = 1000;
/** Rows in one page. */
export const MAX_DESK_ROWS = 2000;

const text = z.string().max(200);
const ids = z.array(text).max(MAX_DESK_IDS);
const scope = {
  device: text.optional(),
  camera: text.optional(),
  fromHour: text.optional(),
  toHour: text.optional(),
};

/** One line to the desk; it is answered by one line, and a body after it. */
export const deskRequestSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({ do: z.literal('recount') }),
  z.object({
    do: z.literal('entries'),
    query: z.object({
      ...scope,
      ids: ids.optional(),
      states: z.array(z.enum(SPOOL_STATES)).optional(),
      after: z.int().min(0).optional(),
      limit: z.int().min(1).max(MAX_DESK_ROWS),
    }),
  }),
  z.object({ do: z.literal('hours'), scope: z.object(scope) }),
  z.object({ do: z.literal('body'), id: text }),
  z.object({ do: z.literal('retry'), ids }),
  z.object({ do: z.literal('drop'), ids }),
  z.object({
    do: z.literal('settle'),
    settlements: z.array(z.object({ id: text, sha256: text, state: z.literal('stored') })).max(MAX_DESK_IDS),
  }),
]);

export type DeskRequest = z.infer<typeof deskRequestSchema>;

/** The line that answers; `bytes`: so many follow it, null: there are none. */
export type DeskAnswer = { readonly ok: unknown; readonly bytes?: number | null } | { readonly error: string };
