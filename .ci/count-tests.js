import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Vitest's JSON, or what node:test prints at its end.
 * @param {string} path
 * @returns {Counts}
 */
function countsIn(path) {
  const text = readFileSync(path, 'utf8');
  return path.endsWith('.json') ? vitestCounts(JSON.parse(text)) : nodeCounts(text);
}

/**
 * @param {any} report
 * @returns {Counts}
 */
function vitestCounts(report) {
  // A test file that cannot even be loaded has no failed test in it, and still failed.
  const brokenFiles = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  // Set-up that failed before the first test leaves no other trace.
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} text
 * @returns {Counts}
 */
function nodeCounts(text) {
  const count = (/** @type {string} */ word) =>
    Number(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const passed = count('pass');
  if (Number.isNaN(passed)) return { passed: 0, failed: 1, skipped: 0 };
  return { passed, failed: count('fail') + count('cancelled'), skipped: count('skipped') + count('todo') };
}

const all = process.argv.slice(2).map(countsIn);
const sum = (/** @type {keyof Counts} */ key) => all.reduce((total, counts) => total + counts[key], 0);
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
