/** The project's own formatting, because a name is longer or shorter than the one in the templates. */
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';

/**
 * @param {Record<string, string>} files Text by path.
 * @returns {Promise<Record<string, string>>} The same files as Prettier writes them; those that it does not know, as they are.
 * @throws {BootstrapFailure} When Prettier is not installed.
 */
export async function format(files) {
  const prettier = await import('prettier').catch(() => {
    throw new BootstrapFailure('the dependencies are not installed: npm ci brings them');
  });
  const formatted = Object.entries(files).map(async ([file, text]) => {
    const filepath = inProject(file);
    const { inferredParser } = await prettier.getFileInfo(filepath);
    if (inferredParser === null) return [file, text];
    return [file, await prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath })];
  });
  return Object.fromEntries(await Promise.all(formatted));
}
