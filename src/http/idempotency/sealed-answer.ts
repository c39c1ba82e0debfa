import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** What is kept of the first answer, to be given again. Its status is the route's own. */
export interface Answer {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: unknown;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Names a client's key in Redis without telling it. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/**
 * Encrypts an answer under the client's own idempotency key (HKDF-SHA-256, AES-256-GCM). Redis holds only the
 * key's digest, so a stolen dump does not give away what answers carry, such as a new session's token.
 */
export function seal(answer: Answer, idempotencyKey: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherKey(idempotencyKey), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(answer)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
}

export function unseal(sealed: string, idempotencyKey: string): Answer {
  const bytes = Buffer.from(sealed, 'base64');
  const text = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', cipherKey(idempotencyKey), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]).toString()) as Answer;
}

function cipherKey(idempotencyKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', idempotencyKey, '', 'holdfast idempotent answer', 32));
}
