import { readFileSync } from 'node:fs';

/** @typedef {{ status: string, assertionResults: { status: string }[] }} TestFile */

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
/** @param {(report: any) => number} count */
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
// A test file that cannot even be loaded has no failed test in it, and still failed.
const brokenFiles = (/** @type {{ testResults: TestFile[] }} */ { testResults }) =>
  testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests + brokenFiles(report));
const skipped = sum((report) => report.numPendingTests + report.numTodoTests);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 ? 1 : 0;
