import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes that the files below a folder take on its disk; 0 where there is none. */
export function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      // A file may go while it is looked at.
      bytes += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
    }
  } catch {
    // The folder is not there yet, or a part of it has just gone.
  }
  return bytes;
}
