/** .dockerignore: what of the project reaches a build. The last pattern that matches decides, as Docker has it. */

/** A pattern as an expression that also matches all that is under the folder it names. */
function toExpression(pattern) {
  const escaped = pattern.replace(/[.+^$()|[\]{}]/g, '\\$&');
  const wildcards = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
  return new RegExp(`^${escaped.replace(/\*\*\/|\*\*|\*|\?/g, (mark) => wildcards[mark])}(?:/|$)`);
}

/**
 * @param {string} text A .dockerignore file.
 * @returns {(file: string) => boolean} Whether a file, by its path relative to the project, stays out.
 */
export function parseIgnore(text) {
  const lines = text.split('\n').map((line) => line.trim());
  const rules = lines
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => ({ ignores: !line.startsWith('!'), expression: toExpression(line.replace(/^!/, '')) }));
  return (file) => rules.findLast(({ expression }) => expression.test(file))?.ignores ?? false;
}
