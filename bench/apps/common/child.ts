import type { ProductSource } from './product.js';

/** What every session holds, in every arm. */
export const SESSION_DATA = { locale: 'nb-NO', theme: 'dark', cartId: 'cart-5f2c81', lastSeenSku: 'HF-1001' };
export const SESSION_ROLES = ['customer'];

/** The limit of the limited route: never reached, so that every request is answered. */
export const NEVER_REACHED = 1_000_000_000;
export const WINDOW_MS = 60_000;
export const CACHE_TTL_MS = 3_600_000;
export const SESSION_TTL_MS = 1_800_000;

/** The Redis of this run. */
export const REDIS_URL = process.env.REDIS_URL ?? '';

/** Tells the harness that the server listens, and answers its question how often the source was read, if there is one. */
export function reportToHarness(url: string, source?: ProductSource): void {
  process.on('message', ({ id }: { id: number }) => process.send?.({ id, sourceReads: source?.reads ?? 0 }));
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true, port: Number(new URL(url).port) });
}
