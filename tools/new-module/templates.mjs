/** The files of a new module: those of templates/, where the module is called `example-name`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inProject } from '../bootstrap/project.mjs';

const folder = inProject('tools/new-module/templates');

/** Not a file of the module but rows for the project's list. */
const ERRORS = path.join('docs', 'errors.md');

/**
 * @param {{ kebab: string, camel: string, pascal: string, upper: string }} name
 * @returns {{ files: Record<string, string>, errors: string }} Text by path, and the table of the module's error codes.
 */
export function fromTemplates(name) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const templates = entries
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
  const texts = templates.map((file) => [
    renamed(file, name),
    renamed(readFileSync(path.join(folder, file), 'utf8'), name),
  ]);
  const { [ERRORS]: errors, ...files } = Object.fromEntries(texts);
  return { files, errors };
}

function renamed(text, { kebab, camel, pascal, upper }) {
  return text
    .replaceAll('example-name', kebab)
    .replaceAll('exampleName', camel)
    .replaceAll('ExampleName', pascal)
    .replaceAll('EXAMPLE_NAME', upper);
}
