import { killPoint } from '../kill-points.ts';
import type { Extent } from './blocks.ts';
import { decodeExtents } from './index-rows.ts';
import type { SpoolStatements } from './schema.ts';

const DAY_MS = 86_400_000;
/** Ids of folded captures that are still known, or a repeat that comes very late would be counted twice; some 100 bytes each. */
const MAX_FOLDED_IDS = 500_000;

/** Rows that were settled so many days ago become counts per camera and hour. Returns the blocks of bodies that were still kept. */
export function fold(sql: SpoolStatements, keepDays: number): Extent[] {
  const before = Date.now() - keepDays * DAY_MS;
  const freed = sql.foldedExtents.all(before).flatMap(({ extents }) => decodeExtents(extents));
  sql.fold.run(before);
  sql.keepFoldedIds.run(before);
  killPoint('spool/during-fold');
  sql.dropFolded.run(before);
  sql.boundFoldedIds.run(MAX_FOLDED_IDS);
  sql.foldRuns.run(before);
  sql.dropFoldedRuns.run(before);
  return freed;
}
