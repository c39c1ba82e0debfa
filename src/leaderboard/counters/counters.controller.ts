import { Body, Controller, Delete, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent, IdParam, RequestMark } from '../../http/index.js';
import { CountersService } from './counters.service.js';
import { CounterDto } from './dto/counter.dto.js';
import { GetCounterQuery } from './dto/get-counter.query.js';
import { IncrementDto } from './dto/increment.dto.js';

const NO_STORE = ['cache-control', 'no-store'] as const;

@ApiTags('Counters')
@Controller('v1/counters')
export class CountersController {
  constructor(private readonly counters: CountersService) {}

  @Post(':name/increments')
  @HttpCode(200)
  @Idempotent()
  @Header(...NO_STORE)
  @ApiOperation({
    summary: 'Add to a counter; after a 503 only a request with an Idempotency-Key may be repeated',
  })
  @ApiOkResponse({ type: CounterDto })
  @ApiConflictResponse({ description: 'COUNTER_OUT_OF_RANGE' })
  async increment(
    @IdParam('name') name: string,
    @Body() { by, windows }: IncrementDto,
    @RequestMark() requestId: string | undefined,
  ): Promise<CounterDto> {
    return CounterDto.from(name, await this.counters.increment(name, { by, windows, requestId }));
  }

  @Get(':name')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Show a counter, with granularity its last windows; one that is not known is 0' })
  @ApiOkResponse({ type: CounterDto })
  async show(
    @IdParam('name') name: string,
    @Query() { granularity, count }: GetCounterQuery,
  ): Promise<CounterDto> {
    if (granularity === undefined) return CounterDto.from(name, await this.counters.value(name));
    const { value, windows } = await this.counters.windowed(name, { granularity, count });
    return CounterDto.from(name, value, windows);
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a counter with its windows' })
  @ApiNoContentResponse()
  delete(@IdParam('name') name: string): Promise<void> {
    return this.counters.delete(name);
  }
}
