import { createHmac, hash, randomBytes } from 'node:crypto';

const TAG_BYTES = 9;
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;

/** `<tag>.<id>.<secret>` in base64url: 12, 22 and 43 characters. */
const SHAPE = /^([\w-]{12})\.([\w-]{22})\.([\w-]{43})$/;

/** A token taken apart. The secret itself is not kept, only what Redis can compare. */
export interface SessionCredential {
  /** Names the user's key, and with it the Cluster slot. */
  readonly tag: string;
  readonly id: string;
  /** SHA-256 of the secret. Redis holds nothing else, so a stolen dump forges no token. */
  readonly verifier: string;
}

export interface MintedToken extends SessionCredential {
  readonly token: string;
}

/**
 * The tag of a user: the same for all of the user's sessions, so that they share a key and a slot.
 * It is an HMAC so that a token does not show who its user is.
 *
 * @param scope separates installations and namespaces.
 */
export function userTag(userId: string, scope: string): string {
  return createHmac('sha256', `holdfast session tag ${scope}`)
    .update(userId)
    .digest('base64url')
    .slice(0, (TAG_BYTES * 4) / 3);
}

/** A new token for the user with this tag: 128 random bits of id, unless one is given, and 256 of secret. */
export function mintToken(tag: string, givenId?: string): MintedToken {
  // Drawn at once: each draw asks the system.
  const bytes = randomBytes(SECRET_BYTES + ID_BYTES);
  const secret = bytes.toString('base64url', 0, SECRET_BYTES);
  const id = givenId ?? bytes.toString('base64url', SECRET_BYTES);
  return { tag, id, verifier: verifierOf(secret), token: `${tag}.${id}.${secret}` };
}

/** Names no session: nobody draws nothing but zeros. */
const NOBODY = { tag: 'A'.repeat((TAG_BYTES * 4) / 3), id: 'A'.repeat(22) };

/**
 * What to look up for a text that came as a token. One that is none is hashed and looked up like any other, so that the
 * time of the answer does not tell what was wrong.
 */
export function credentialOf(token: string): SessionCredential {
  return parseToken(token) ?? { ...NOBODY, verifier: verifierOf(token.slice(0, SECRET_LENGTH)) };
}

/** The parts of a token, or undefined when it is not one that this server could have minted. */
export function parseToken(token: string): SessionCredential | undefined {
  const match = SHAPE.exec(token);
  if (!match) return undefined;
  const [, tag, id, secret] = match;
  return { tag, id, verifier: verifierOf(secret) };
}

/** The text is hashed, not the decoded bytes: base64url has spare bits, and each token has one spelling. */
function verifierOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
