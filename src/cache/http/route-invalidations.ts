import { Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EndedSessions } from '../../http/index.js';
import { isId } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { CacheWrites } from '../cache-writes.js';
import { fromGroups, toGroups } from './cache-groups.js';
import type { InvalidatingRoute } from './invalidating-route.js';
import { sessionName } from './request-variant.js';

const HEADER = 'cache-group-invalidation';

/** Statuses from here on say that nothing was changed. */
const FAILED = 400;

/** Does what `@InvalidatesCache()` says, and tells caches on the way of it (RFC 9875). */
@Injectable()
export class RouteInvalidations {
  private readonly logger = new Logger('Cache');

  constructor(
    private readonly writes: CacheWrites,
    private readonly keys: CacheKeys,
    private readonly endedSessions: EndedSessions,
  ) {}

  /** From now on the entries of a session that ends are removed. One round trip each. */
  followSessions(): void {
    this.endedSessions.onEnd((sessionId) => this.writes.invalidate({ keys: [sessionName(sessionId)] }));
  }

  /** One round trip; when Redis is away it is made up for. */
  async run(route: InvalidatingRoute, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (reply.statusCode >= FAILED) return;
    const { keys, tags, prefix } = route.of(request);
    const groups = [...new Set([...tags, ...this.ownGroups(request, reply)])];
    if (groups.length > 0 && !reply.sent) reply.header(HEADER, toGroups(groups));
    await this.writes.invalidate({ keys, tags: groups.map((tag) => this.keys.id(tag)), prefix });
  }

  /** Those that the handler has named. */
  private ownGroups({ routeOptions }: FastifyRequest, reply: FastifyReply): string[] {
    const groups = fromGroups(reply.getHeader(HEADER));
    if (!groups) this.logger.error(`${routeOptions.url}: Cache-Group-Invalidation is no list of strings`);
    return groups?.map((group) => this.keys.id(group)).filter(isId) ?? [];
  }
}
