/**
 * Jest's outcome as one plain line that people and CI read alike: "N passed, N failed". The numbers are those of
 * Jest's own report. A file that could not even be loaded has no tests to count, so it counts as one failure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

function tally(report) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = report;
  const skipped = numPendingTests + numTodoTests;
  const counts = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`;
}

/** Jest's report, or undefined: a run that was cut short leaves none, and a mere list of tests counts nothing. */
function readReport(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return Number.isInteger(report.numTotalTests) ? report : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs Jest and prints the tally once it is done.
 * @param {string[]} command Jest's command line.
 * @param {(command: string[]) => Promise<number>} execute
 * @returns {Promise<number>} Jest's exit code.
 */
export async function withTally(command, execute) {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-jest-'));
  const file = path.join(folder, 'report.json');
  try {
    const code = await execute([...command, '--json', `--outputFile=${file}`]);
    const report = readReport(file);
    if (report) console.log(tally(report));
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
