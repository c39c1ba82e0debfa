import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { IdempotencyInProgressError, IdempotencyKeyReusedError } from './idempotency.errors.js';
import { IdempotencyKeys } from './idempotency.keys.js';
import { claimKey, completeKey, releaseKey } from './idempotency.scripts.js';
import { type Answer, digest, seal, unseal } from './sealed-answer.js';

/** A request that dies with its process blocks its key this long. */
const PENDING_TTL_MS = 30_000;
const ANSWER_TTL_MS = 86_400_000;
const DIGEST_LENGTH = 43;

/** One request's hold on its key. */
export interface Claim {
  readonly key: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly id: string;
}

/**
 * Remembers the first answer under an idempotency key for a day.
 * Storage: one string `<prefix>:<namespace>:idempotency:{<digest of the key>}:answer`, either
 * `P<fingerprint><claim>` while the first request runs, or `D<fingerprint><sealed answer>`.
 */
@Injectable()
export class IdempotencyService {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: IdempotencyKeys,
  ) {}

  /**
   * One round trip.
   *
   * @param request what makes two requests the same: method, path and body.
   * @returns the first answer, or the claim of a request that is the first.
   * @throws IdempotencyKeyReusedError, IdempotencyInProgressError, StateStoreUnavailableError
   */
  async begin(idempotencyKey: string, request: string): Promise<Answer | Claim> {
    const key = this.keys.answer(idempotencyKey);
    const claim = { key, idempotencyKey, fingerprint: digest(request), id: randomUUID() };
    const record = await this.redis.run(claimKey, {
      keys: { answer: key },
      args: { fingerprint: claim.fingerprint, claim: claim.id, pendingTtlMs: PENDING_TTL_MS },
    });
    if (record === null) return claim;
    if (record.slice(1, 1 + DIGEST_LENGTH) !== claim.fingerprint) throw new IdempotencyKeyReusedError();
    if (record.startsWith('P')) throw new IdempotencyInProgressError();
    return unseal(record.slice(1 + DIGEST_LENGTH), idempotencyKey);
  }

  /** One round trip. The work is done, so a store that is away now does not turn its answer into a failure. */
  async complete(claim: Claim, answer: Answer): Promise<void> {
    const { key, fingerprint, id, idempotencyKey } = claim;
    await this.redis
      .run(completeKey, {
        keys: { answer: key },
        args: { fingerprint, claim: id, sealed: seal(answer, idempotencyKey), ttlMs: ANSWER_TTL_MS },
      })
      .catch((error: Error) => this.logger.warn(`an answer could not be kept: ${error.message}`));
  }

  /** One round trip. If it fails, the claim ends by its own TTL. */
  async release({ key, fingerprint, id }: Claim): Promise<void> {
    await this.redis
      .run(releaseKey, { keys: { answer: key }, args: { fingerprint, claim: id } })
      .catch((error: Error) => this.logger.warn(`a claim could not be released: ${error.message}`));
  }
}
