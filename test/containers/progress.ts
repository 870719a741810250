const startedAtMs = Date.now();

/** Says on standard error what is being done, so that a slow run can be understood. */
export function progress(text: string): void {
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  process.stderr.write(`  ${String(seconds).padStart(4)} s  ${text}\n`);
}
