import { errorMessage, systemErrorCode } from '../../../platform/sightline-error.ts';
import { StoreError } from './store-error.ts';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's disk quota is used up",
  ENOTDIR: 'a part of the path is a file',
  ENOENT: 'it is not there and can’t be made',
  EIO: 'the disk reports an error',
  ESTALE: 'the network file system has lost it',
  EMFILE: 'this process has too many files open',
  EXDEV: 'a folder inside is another file system',
};

/** What a folder answered, in words. */
export function folderFault(root: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = systemErrorCode(error) ?? 'other';
  return new StoreError(`Expected to write to the folder ${root}, but ${WORDS[code] ?? errorMessage(error)}`, code, {
    cause: error,
  });
}
