import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';

/** An event as CloudEvents 1.0.2 describes it: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent<T = unknown> {
  readonly specversion: '1.0';
  /** With `source` unlike any other event's. */
  readonly id: string;
  /** A URI reference. */
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly subject?: string;
  /** Events of one key are handled in their order: the extension "partitioning". */
  readonly partitionkey?: string;
  readonly data?: T;
  readonly data_base64?: string;
  /** Extensions. */
  readonly [attribute: string]: unknown;
}

/** @returns what is wrong with an attribute, in words that follow its name. */
type Rule = (value: unknown) => string | undefined;

/** Control characters and what is no character at all may stand in no attribute: so none breaks a line or a header. */
// oxlint-disable-next-line no-control-regex -- These are what it looks for.
const NO_STRING = /[\u0000-\u001f\u007f-\u009f\p{Surrogate}\p{Noncharacter_Code_Point}]/u;
const URI_REFERENCE = /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const BEFORE_FIRST_SLASH = /^[^/?#]*/;
const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))*$`,
);
const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const EXTENSION_NAME = /^[a-z0-9]+$/;

const text: Rule = (value) => {
  if (typeof value !== 'string' || value === '') return 'must be a text that is not empty';
  return NO_STRING.test(value) ? 'must have no control characters and be well-formed Unicode' : undefined;
};

const RULES: Readonly<Record<string, Rule>> = {
  specversion: (value) => (value === '1.0' ? undefined : "must be '1.0'"),
  id: text,
  source: both(text, (value) => (isUriReference(value) ? undefined : 'must be a URI reference')),
  type: text,
  time: (value) => (isTimestamp(value) ? undefined : 'must be an instant of RFC 3339'),
  datacontenttype: matching(MEDIA_TYPE, 'must be a media type'),
  dataschema: both(matching(SCHEME, 'must be an absolute URI'), (value) =>
    isUriReference(value) ? undefined : 'must be an absolute URI',
  ),
  subject: text,
  partitionkey: text,
  data: () => undefined,
  data_base64: matching(BASE64, 'must be base64'),
};

const REQUIRED = ['specversion', 'id', 'source', 'type'];

/**
 * Checks an event from outside against the specification and its JSON format. An attribute that is null is absent.
 *
 * @returns the event, without what is absent.
 * @throws ValidationFailedError that names every attribute that breaks a rule.
 */
export function checkCloudEvent(given: unknown): CloudEvent {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ValidationFailedError([{ path: 'event', message: 'must be a CloudEvent' }]);
  }
  const event = Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => name === 'data' || (value !== null && value !== undefined),
    ),
  );
  const names = new Set([...REQUIRED, ...Object.keys(event)]);
  const faults = [...names].flatMap((path) => faultOf(path, event[path]));
  if ('data' in event && 'data_base64' in event)
    faults.push({ path: 'data_base64', message: 'must not stand beside data' });
  if (faults.length > 0) throw new ValidationFailedError(faults);
  return event as unknown as CloudEvent;
}

/** @param path of an attribute that this project makes of what a caller has given. @throws nothing. */
export function faultOf(path: string, value: unknown): ValidationFault[] {
  const message = (Object.hasOwn(RULES, path) ? RULES[path] : extensionRule(path))(value);
  return message === undefined ? [] : [{ path, message }];
}

/** Names of more than 20 characters are discouraged and not forbidden. */
function extensionRule(name: string): Rule {
  if (!EXTENSION_NAME.test(name)) return () => 'must have a name of a-z and 0-9';
  return (value) => {
    if (typeof value === 'boolean') return undefined;
    if (typeof value === 'string') return NO_STRING.test(value) ? text(value) : undefined;
    // An integer that 32 bits hold is the same after they have cut it.
    return typeof value === 'number' && (value | 0) === value
      ? undefined
      : 'must be a text, a boolean or an integer of 32 bits';
  };
}

function both(first: Rule, second: Rule): Rule {
  return (value) => first(value) ?? second(value);
}

function matching(pattern: RegExp, message: string): Rule {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : message);
}

/** RFC 3986: a colon before the first slash ends a scheme, and a fragment has no `#`. */
function isUriReference(value: unknown): boolean {
  const reference = value as string;
  if (!URI_REFERENCE.test(reference) || reference.indexOf('#') !== reference.lastIndexOf('#')) return false;
  return !BEFORE_FIRST_SLASH.exec(reference)?.[0].includes(':') || SCHEME.test(reference);
}

/** A day that the calendar has. */
function isTimestamp(value: unknown): boolean {
  const [, year, month, day] = (typeof value === 'string' && RFC_3339.exec(value)) || [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}
