import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CacheRedisClient, RedisClient } from '../../redis/index.js';
import { adviseOn, type RedisRole } from './memory-advice.js';
import { RedisMemoryDto } from './redis-memory.dto.js';
import { RedisMemory } from './redis-memory.js';

@ApiTags('Operations')
@Controller('v1/redis')
export class MemoryController {
  constructor(
    private readonly memory: RedisMemory,
    @Inject(RedisClient) private readonly state: RedisClient,
    @Inject(CacheRedisClient) private readonly cache: CacheRedisClient,
  ) {}

  @Get('memory')
  @ApiOperation({ summary: 'Memory of Redis, and advice in words' })
  @ApiOkResponse({ type: RedisMemoryDto })
  async read(): Promise<RedisMemoryDto> {
    const shared = this.cache === this.state;
    const state = await this.describe(this.state, shared ? 'state and cache' : 'state');
    return shared ? state : { ...state, cache: await this.describe(this.cache, 'cache') };
  }

  private async describe(client: RedisClient, role: RedisRole): Promise<RedisMemoryDto> {
    const info = await this.memory.read(client);
    const lookups = info.hits + info.misses;
    return {
      usedBytes: info.usedBytes,
      maxBytes: info.maxBytes,
      policy: info.policy,
      fragmentationRatio: info.fragmentationRatio,
      clients: info.clients,
      hitRatio: lookups === 0 ? null : info.hits / lookups,
      advice: adviseOn(info, role),
    };
  }
}
