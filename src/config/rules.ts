import { isIP } from 'node:net';
import { ValidateBy, type ValidationOptions } from 'class-validator';

const CREDENTIALS = String.raw`(?:(?<credentials>[^@/\s]*)@)?`;
const HOST = String.raw`(?:\[[\da-fA-F:.]+\]|[^\s/@:?#,[\]]+)(?::\d{1,5})?`;
const HOSTS = `${HOST}(?:,${HOST})*`;

const REDIS_URLS = [
  String.raw`rediss?://${CREDENTIALS}${HOST}(?:/\d*)?`,
  String.raw`redis-sentinel://${CREDENTIALS}${HOSTS}/[^\s/?#]+(?:/\d+)?`,
  String.raw`redis-cluster://${CREDENTIALS}${HOSTS}/?`,
].map((form) => new RegExp(`^${form}$`));

/** True for every Redis URL that the topologies of `redis/` understand. */
export function isRedisUrl(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const match = REDIS_URLS.map((form) => form.exec(value)).find((each) => each !== null);
  return match !== undefined && isDecodable(match.groups?.credentials ?? '');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export function IsRedisUrl(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isRedisUrl',
      validator: {
        validate: isRedisUrl,
        defaultMessage: () =>
          'must be redis://, rediss://, redis-sentinel://h1,h2/master or redis-cluster://h1,h2',
      },
    },
    options,
  );
}

/** True for `10.0.0.0/8`, `::1` and the like. */
export function isCidr(value: string): boolean {
  const [address, bits, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Accepts an empty string: an empty list. */
export function IsCidrList(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isCidrList',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          (value === '' || value.split(',').every((cidr) => isCidr(cidr.trim()))),
        defaultMessage: () => 'must be a comma-separated list of IP addresses or CIDRs',
      },
    },
    options,
  );
}

const MAX_PREFIX_BYTES = 200;

/** Accepts an empty string: an empty list. */
export function IsPrefixList(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPrefixList',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          (value === '' ||
            value.split(',').every((each) => /\S/.test(each) && Buffer.byteLength(each) <= MAX_PREFIX_BYTES)),
        defaultMessage: () => `must be a comma-separated list of texts of 1 to ${MAX_PREFIX_BYTES} bytes`,
      },
    },
    options,
  );
}
