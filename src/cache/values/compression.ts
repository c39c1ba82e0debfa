import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Set in a frame's form when its value is compressed. */
const COMPRESSED = 128;

/** Fast before small: each miss pays for it. */
const LEVEL = 1;

export interface Written {
  readonly form: number;
  readonly bytes: Buffer;
}

/** Compressed from a size on, where that makes it smaller. Off the event loop. */
export async function compress({ form, bytes }: Written, fromBytes: number): Promise<Written> {
  if (bytes.length < fromBytes) return { form, bytes };
  const small = await deflate(bytes, { level: LEVEL });
  return small.length < bytes.length ? { form: form | COMPRESSED, bytes: small } : { form, bytes };
}

export function isCompressed({ form }: Written): boolean {
  return form >= COMPRESSED;
}

/** @throws Error for bytes that are not what they say. */
export async function decompress({ form, bytes }: Written): Promise<Written> {
  return isCompressed({ form, bytes })
    ? { form: form - COMPRESSED, bytes: await inflate(bytes) }
    : { form, bytes };
}
