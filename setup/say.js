/**
 * Everything the set-up says goes to standard error, so that `npx sightline detect --json` stays parseable.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** @param {number} startedMs from performance.now() */
export function secondsSince(startedMs) {
  return `${Math.max(1, Math.round((performance.now() - startedMs) / 1000))} s`;
}
