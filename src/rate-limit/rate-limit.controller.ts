import { Body, Controller, Delete, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent, IdParam } from '../http/index.js';
import { DecideDto, DecideQuery, RefundsDto } from './dto/decide.dto.js';
import { CheckDecisionDto, DecisionDto, RefundedDto } from './dto/decision.dto.js';
import { RateLimitedError } from './rate-limit.errors.js';
import { RateLimitHeaders } from './rate-limit.headers.js';
import { RateLimitService } from './rate-limit.service.js';

@ApiTags('Rate limits')
@Controller('v1/rate-limits')
export class RateLimitController {
  constructor(
    private readonly limits: RateLimitService,
    private readonly headers: RateLimitHeaders,
  ) {}

  @Post('decisions')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Decide under up to 16 policies: all are charged, or none' })
  @ApiOkResponse({ type: DecisionDto })
  @ApiTooManyRequestsResponse({ description: 'RATE_LIMITED, with enforce=true' })
  async decide(
    @Body() body: DecideDto,
    @Query() { enforce }: DecideQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DecisionDto> {
    const checks = body.checks.map((check) => ({ ...check, policy: this.limits.policy(check.policy) }));
    const { allowed, decisions, chargedAt } = await this.limits.decide(checks);
    this.headers.tell(
      reply,
      checks.map(({ policy }) => policy),
      decisions,
    );
    if (enforce === 'true' && !allowed) throw new RateLimitedError(decisions);
    return { allowed, decisions, ...(chargedAt ? { chargedAt: new Date(chargedAt).toISOString() } : {}) };
  }

  @Post('refunds')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({ summary: 'Take charges back, from the windows in which they were made' })
  @ApiOkResponse({ type: RefundedDto })
  async refund(@Body() body: RefundsDto): Promise<RefundedDto> {
    const refunds = body.checks.map(({ policy, chargedAt, ...check }) => ({
      ...check,
      policy: this.limits.policy(policy),
      ...(chargedAt === undefined ? {} : { chargedAt: Date.parse(chargedAt) }),
    }));
    return { decisions: await this.limits.refund(refunds) };
  }

  @Get('policies/:policy/keys/:key')
  @ApiOperation({ summary: 'Say what a decision would be, without charging' })
  @ApiOkResponse({ type: CheckDecisionDto })
  async peek(@IdParam('policy') name: string, @IdParam('key') key: string): Promise<CheckDecisionDto> {
    const { decisions } = await this.limits.peek([{ policy: this.limits.policy(name), key }]);
    return decisions[0];
  }

  @Delete('policies/:policy/keys/:key')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget the hits and the block of a key' })
  @ApiNoContentResponse()
  reset(@IdParam('policy') name: string, @IdParam('key') key: string): Promise<void> {
    return this.limits.reset(this.limits.policy(name), key);
  }
}
