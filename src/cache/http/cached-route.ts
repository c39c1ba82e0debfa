import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type LoadPolicy, MAX_DURATION_MS, toPolicy } from '../loads/load-policy.js';
import type { CachedOptions, CacheKeyFactory, CacheTtlFactory } from './cache.metadata.js';
import { keyFromTemplate, keyFromUrl, VARIANT_SEPARATOR, withoutSeparator } from './request-key.js';
import { CREDENTIALS } from './request-variant.js';
import type { Serialize } from './serializers.js';

/** What stands on a route: its options, and what @nestjs/cache-manager's decorators say. */
export interface RouteDeclaration {
  /** `ThingsController.read`; also the source of its loads. */
  readonly name: string;
  readonly options: CachedOptions;
  readonly key?: string | CacheKeyFactory;
  readonly ttl?: number | CacheTtlFactory;
  readonly serialize?: Serialize;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** A `@Cached()` route as it was understood, once for all of its requests. */
export class CachedRoute {
  readonly name: string;
  readonly scope: CachedOptions['scope'];
  readonly graceMs: number;
  readonly clientTtlMs: number;
  /** Names of request headers, in lower case. */
  readonly vary: readonly string[];
  /** What goes out as Vary. */
  readonly varyOut: readonly string[];
  /** Of an answer of its own by which it may vary, in lower case. */
  readonly mayVaryBy: ReadonlySet<string>;
  readonly serialize?: Serialize;
  private readonly keyOf: (request: FastifyRequest, context: ExecutionContext) => string;
  private readonly tags: readonly ((request: FastifyRequest) => string)[];
  private readonly policy: LoadPolicy;
  private readonly ttlFactory?: CacheTtlFactory;

  /** @throws RangeError, TypeError for what cannot be done. */
  constructor(declaration: RouteDeclaration) {
    const { name, options } = declaration;
    const { scope, graceMs = 0, clientTtlMs = Infinity, tags = [] } = options;
    this.name = name;
    this.scope = scope;
    this.graceMs = graceMs;
    this.clientTtlMs = clientTtlMs;
    this.serialize = declaration.serialize;
    this.vary = varyOf(options);
    this.varyOut = scope === undefined ? [...new Set([...this.vary, ...CREDENTIALS])] : this.vary;
    this.mayVaryBy = new Set(this.varyOut);
    this.keyOf = keyOf(declaration);
    this.tags = tags.map(keyFromTemplate);
    const ttl = options.ttlMs ?? declaration.ttl;
    if (ttl === undefined)
      throw new TypeError('neither ttlMs nor @CacheTTL() says how long an answer is fresh');
    if (typeof ttl === 'function') this.ttlFactory = ttl;
    const ttlMs = typeof ttl === 'function' ? 1 : ttl;
    this.policy = toPolicy({ ttlMs, graceMs, tags, source: name });
    checkScope(options);
  }

  /** True when how long an answer is fresh is said by request. */
  get asksForTtl(): boolean {
    return this.ttlFactory !== undefined;
  }

  /** The key of the answer to a request, without what makes it a variant. */
  keyFor(request: FastifyRequest, context: ExecutionContext): string {
    return this.keyOf(request, context);
  }

  get hasTags(): boolean {
    return this.tags.length > 0;
  }

  /** The tags of the answer to a request, as they are written on the route. */
  tagsFor(request: FastifyRequest): string[] {
    return this.tags.map((tagOf) => tagOf(request));
  }

  /** @throws RangeError when what says the ttl gives none. */
  async policyFor(context: ExecutionContext): Promise<LoadPolicy> {
    const { policy, ttlFactory } = this;
    if (!ttlFactory) return policy;
    return toPolicy({ ttlMs: await ttlFactory(context), graceMs: policy.graceMs, source: policy.source });
  }

  /** Where no request has to be asked. */
  get fixedPolicy(): LoadPolicy {
    return this.policy;
  }
}

function keyOf({ options, key }: RouteDeclaration): CachedRoute['keyOf'] {
  const template = options.key;
  if (template !== undefined) return keyFromTemplate(checkedKey(template));
  if (typeof key === 'function') return (_request, context) => withoutSeparator(key(context));
  if (key === undefined) return keyFromUrl;
  checkedKey(key);
  return () => key;
}

function checkedKey(key: string): string {
  if (key === '') throw new TypeError('the key is empty');
  if (key.includes(VARIANT_SEPARATOR)) throw new TypeError(`a key must not hold "${VARIANT_SEPARATOR}"`);
  return key;
}

function varyOf({ vary }: CachedOptions): string[] {
  if (vary === undefined) return [];
  if (vary.length === 0) throw new TypeError('vary is empty');
  const names = vary.map((name) => name.toLowerCase());
  for (const name of names) {
    if (!HEADER_NAME.test(name) || name === '*')
      throw new TypeError(`vary: "${name}" is no name of a header`);
  }
  return [...new Set(names)].sort();
}

function checkScope({ scope, clientTtlMs }: CachedOptions): void {
  if (scope !== undefined && scope !== 'public' && scope !== 'session') {
    throw new TypeError('scope is neither "public" nor "session"');
  }
  if (clientTtlMs === undefined) return;
  if (!Number.isInteger(clientTtlMs) || clientTtlMs < 0 || clientTtlMs > MAX_DURATION_MS) {
    throw new RangeError(`clientTtlMs must be an integer of 0 to ${MAX_DURATION_MS}`);
  }
  if (scope === 'session') throw new TypeError('clientTtlMs: what is a session’s is asked for each time');
}
