import { settingDescriptions, Settings } from '../../src/config/index.js';
import { markdownTable } from './doc-block.js';

/** The README's table of every setting, in the order of Settings. */
export function settingsTable(): string {
  const defaults = new Settings() as unknown as Readonly<Record<string, unknown>>;
  return markdownTable(
    ['Variable', 'Default', 'Meaning'],
    settingDescriptions().map(({ property, variable, description }) => [
      `\`${variable}\``,
      inWords(defaults[property]),
      description,
    ]),
  );
}

function inWords(value: unknown): string {
  if (value === undefined) return 'unset';
  return value === '' ? 'empty' : `\`${String(value)}\``;
}
