import { registerDecorator } from 'class-validator';
import { parseDay } from '../period.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** An instant of ISO 8601 that says its offset, or a day of UTC; of a day that the calendar has. */
export function IsInstant(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isInstant',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: isInstant,
        defaultMessage: () => 'must be an instant of ISO 8601 with its offset, or a day as YYYY-MM-DD',
      },
    });
}

function isInstant(value: unknown): boolean {
  if (typeof value !== 'string' || !INSTANT.test(value)) return false;
  return parseDay(value.slice(0, 10)) !== undefined && !Number.isNaN(Date.parse(value));
}
