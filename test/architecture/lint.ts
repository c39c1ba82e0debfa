import { execFile } from 'node:child_process';
import path from 'node:path';
import { type Project, project } from './project.js';

const OXLINT = path.join(project.root, 'node_modules/oxlint/bin/oxlint');
const MAX_REPORT_BYTES = 16 * 1024 * 1024;

interface Report {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly message: string;
  }[];
}

/** What `npm run lint` reports: `src/a/b.ts eslint(max-lines)`. */
export async function lintFaults({ root }: Project, folders: readonly string[]): Promise<string[]> {
  const output = await new Promise<string>((done) => {
    const args = [OXLINT, '--format', 'json', ...folders];
    // Its exit code says that there are faults; which, it writes in either case.
    execFile(process.execPath, args, { cwd: root, maxBuffer: MAX_REPORT_BYTES }, (_, stdout) => done(stdout));
  });
  const { diagnostics } = JSON.parse(output) as Report;
  return diagnostics.map(({ filename, code }) => `${filename} ${code}`).sort();
}
