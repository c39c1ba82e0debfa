import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { RedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import { RateLimitKeys } from '../rate-limit.keys.js';
import { deletePolicy, putPolicy } from '../rate-limit.scripts.js';
import { PolicyNotFoundError } from './policies.errors.js';
import type { Policy } from './policy.js';
import { PolicyFile } from './policy-file.js';

const FIELD_PREFIX = 'p:';

/**
 * The policies by name, in memory on every replica. They live in one hash,
 * `HGETALL holdfast:default:rate-limit:{policies}:all`, and in the file of RATE_LIMIT_POLICIES_FILE; a policy in Redis
 * goes before one of the same name in the file. Injectable.
 */
@Injectable()
export class PoliciesService implements OnModuleInit {
  private readonly logger = new Logger('RateLimit');
  private readonly listeners: (() => void)[] = [];
  private stored = new Map<string, Policy>();
  private version?: string | null;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
    private readonly file: PolicyFile,
  ) {}

  async onModuleInit(): Promise<void> {
    this.file.watch(() => this.changed());
    await this.refresh();
  }

  /** No round trip. @throws PolicyNotFoundError; StateStoreUnavailableError while nothing was ever read. */
  get(name: string): Policy {
    const policy = this.stored.get(name) ?? this.file.policies.get(name);
    if (policy) return policy;
    // Without Redis since the boot nobody knows whether it exists.
    if (this.version === undefined) throw new StateStoreUnavailableError();
    throw new PolicyNotFoundError(name);
  }

  /** All of them by name. No round trip. */
  list(): Policy[] {
    const all = new Map([...this.file.policies, ...this.stored]);
    return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Creates or replaces a policy, on every replica within a second. One round trip. @throws StateStoreUnavailableError */
  async put(policy: Policy): Promise<void> {
    const { name } = policy;
    await this.redis.run(putPolicy, {
      keys: { policies: this.keys.policies() },
      args: { name, policy: JSON.stringify(policy), channel: this.keys.news() },
    });
    this.stored.set(name, policy);
    this.changed();
  }

  /**
   * Drops a policy from Redis; its counters end with their windows. One of the same name in the file holds again.
   * One round trip.
   *
   * @throws PolicyNotFoundError, StateStoreUnavailableError
   */
  async delete(name: string): Promise<void> {
    const dropped = await this.redis.run(deletePolicy, {
      keys: { policies: this.keys.policies() },
      args: { name, channel: this.keys.news() },
    });
    if (!dropped) throw new PolicyNotFoundError(name);
    this.stored.delete(name);
    this.changed();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Reads the policies anew when another replica has changed them. Never fails: those that are known stay.
   *
   * @returns whether Redis answered.
   */
  async refresh(): Promise<boolean> {
    try {
      const key = this.keys.policies();
      const version = await this.redis.call('rate-limit.policies', (redis) => redis.hget(key, 'version'));
      if (version === this.version) return true;
      const fields = await this.redis.call('rate-limit.policies', (redis) => redis.hgetall(key));
      this.stored = new Map(this.readAll(fields));
      this.version = fields.version ?? null;
      this.changed();
      return true;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      return false;
    }
  }

  private *readAll(fields: Readonly<Record<string, string>>): Iterable<[string, Policy]> {
    for (const [field, json] of Object.entries(fields)) {
      if (!field.startsWith(FIELD_PREFIX)) continue;
      try {
        yield [field.slice(FIELD_PREFIX.length), JSON.parse(json) as Policy];
      } catch (error) {
        this.logger.error(`the policy in ${field} cannot be read: ${(error as Error).message}`);
      }
    }
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
