import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { IdParam } from '../http/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import { CacheLeases } from './cache-leases.js';
import { CacheMissError } from './cache.errors.js';
import type { InvalidateOptions } from './cache.service.js';
import { CacheWrites } from './cache-writes.js';
import { EntryDto } from './dto/entry.dto.js';
import { GetEntryQuery } from './dto/get-entry.query.js';
import { InvalidateDto, InvalidatedDto } from './dto/invalidate.dto.js';
import { PutEntryDto } from './dto/put-entry.dto.js';
import { toPolicy } from './loads/load-policy.js';
import { CacheValue } from './values/cache-value.js';

@ApiTags('Cache')
@Controller('v1/cache')
export class CacheController {
  constructor(
    private readonly leases: CacheLeases,
    private readonly writes: CacheWrites,
  ) {}

  @Put(':key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Store a value; under a lease only while that is alive' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'LEASE_LOST' })
  put(@IdParam('key') key: string, @Body() { value, leaseToken, ...options }: PutEntryDto): Promise<void> {
    const stored = CacheValue.of(value);
    const policy = toPolicy(options);
    return leaseToken === undefined
      ? this.writes.set(key, stored, policy)
      : this.leases.fill(key, stored, policy, leaseToken);
  }

  @Get(':key')
  @ApiOperation({ summary: 'Read a value, and with lease=true get the lease to store a new one' })
  @ApiOkResponse({ type: EntryDto })
  @ApiNotFoundResponse({ description: 'CACHE_MISS; with lease=true it has leaseToken or retryAfterMs' })
  async get(@IdParam('key') key: string, @Query() { lease }: GetEntryQuery): Promise<EntryDto> {
    const read = await (lease === 'true' ? this.leases.read(key) : this.leases.look(key));
    const { hit, leaseToken, retryAfterMs } = read;
    const token = leaseToken === undefined ? {} : { leaseToken };
    if (!hit) throw new CacheMissError(retryAfterMs === undefined ? token : { retryAfterMs });
    const { value, isFresh, freshForMs, tags } = hit;
    return {
      value: value.asPlain,
      state: isFresh ? 'fresh' : 'stale',
      ttlMs: Math.max(freshForMs, 0),
      tags,
      ...token,
    };
  }

  @Delete(':key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an entry for every replica; loads under way are not stored' })
  @ApiNoContentResponse()
  delete(@IdParam('key') key: string): Promise<void> {
    return this.now({ keys: [key] });
  }

  @Post('invalidations')
  @HttpCode(200)
  @ApiOperation({ summary: 'Remove entries by key, by tag and by what their keys begin with' })
  @ApiOkResponse({ type: InvalidatedDto })
  async invalidate(@Body() what: InvalidateDto): Promise<InvalidatedDto> {
    const { keys = [], tags = [], prefix } = what;
    await this.now({ keys, tags, prefix });
    return { keys: keys.length, tags: tags.length, prefix: prefix === undefined ? 0 : 1 };
  }

  /** A client is told when it is not done yet, although it will be made up for: this process may end before. */
  private async now(what: InvalidateOptions): Promise<void> {
    if (!(await this.writes.invalidate(what))) throw new StateStoreUnavailableError();
  }
}
