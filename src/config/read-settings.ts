import { validateSync, type ValidationError } from 'class-validator';
import { settingDescriptions } from './setting.decorator.js';
import { Settings } from './settings.js';

/** The boot stops with this: its message has one line per fault, each naming variable, value and rule. */
export class InvalidSettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Invalid settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'InvalidSettingsError';
  }
}

/**
 * Reads and checks the settings. An empty variable counts as unset, so that `PORT= npm start` takes the default.
 *
 * @throws InvalidSettingsError naming every fault at once.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = new Settings();
  const values = settings as unknown as Record<string, unknown>;
  for (const { property, variable } of settingDescriptions()) {
    const text = environment[variable];
    if (text !== undefined && text !== '') values[property] = parse(text, typeof values[property]);
  }
  const faults = validateSync(settings, { forbidUnknownValues: true }).map(describeFault);
  faults.push(...contradictions(settings));
  if (faults.length > 0) throw new InvalidSettingsError(faults);
  return Object.freeze(settings);
}

/** What no rule of a single setting can say. */
function contradictions(settings: Settings): string[] {
  const { sessionIdleTtlMs, sessionAbsoluteTtlMs } = settings;
  return [
    ...(sessionIdleTtlMs > sessionAbsoluteTtlMs
      ? ['SESSION_IDLE_TTL_MS: must not be greater than SESSION_ABSOLUTE_TTL_MS']
      : []),
    ...(breaksCookiePrefix(settings)
      ? ['SESSION_COOKIE_NAME: a browser takes a cookie of this prefix only with the attributes it promises']
      : []),
  ];
}

/** `__Host-` promises Secure, the path / and no domain, and `__Secure-` the first of them. */
function breaksCookiePrefix(settings: Settings): boolean {
  const { sessionCookieName: name, sessionCookieSecure: secure } = settings;
  if (name.startsWith('__Host-')) {
    return !secure || settings.sessionCookiePath !== '/' || settings.sessionCookieDomain !== undefined;
  }
  return name.startsWith('__Secure-') && !secure;
}

/** The type of the default says what the text should be; text that is not that stays text, for the rule to refuse. */
function parse(text: string, type: string): unknown {
  if (type === 'number' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function describeFault(error: ValidationError): string {
  const variable = settingDescriptions().find(({ property }) => property === error.property)?.variable;
  const rules = Object.values(error.constraints ?? {}).map((rule) => rule.replace(`${error.property} `, ''));
  return `${variable}=${JSON.stringify(withoutPassword(error.value))}: ${rules.join('; ')}`;
}

function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\/\/[^@/]*@/, '//***@') : value;
}
