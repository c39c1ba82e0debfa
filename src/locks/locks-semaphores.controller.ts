import { Body, Controller, Header, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent, IdParam } from '../http/index.js';
import { AcquirePermitDto } from './dto/acquire-permit.dto.js';
import { LeaseDto } from './dto/lease.dto.js';
import { LeaseDesk } from './lease-desk.js';
import { LeaseRoutes, NO_STORE } from './lease-routes.js';

@ApiTags('Semaphores')
@Controller('v1/semaphores')
export class SemaphoresController extends LeaseRoutes {
  constructor(desk: LeaseDesk) {
    super(desk, 'semaphore');
  }

  @Post(':name/leases')
  @Idempotent()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Acquire one of the permits; with waitMs the answer waits for one' })
  @ApiCreatedResponse({ type: LeaseDto })
  @ApiResponse({ status: 423, description: 'LOCK_NOT_ACQUIRED, with retryAfterMs' })
  acquire(
    @IdParam('name') name: string,
    @Body() body: AcquirePermitDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LeaseDto> {
    return this.issue(name, body, reply);
  }
}
