import { readFileSync } from 'node:fs';

const [report = ''] = process.argv.slice(2);
const results = JSON.parse(readFileSync(report, 'utf8'));
// A test file that cannot even be loaded has no failed test in it, and still failed.
const brokenFiles = results.testResults.filter(
  (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = results.numFailedTests + brokenFiles;
process.stdout.write(
  `${results.numPassedTests} passed, ${failed} failed, ${results.numPendingTests + results.numTodoTests} skipped\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
