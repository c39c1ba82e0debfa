import { Body, Controller, Header, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent, IdParam } from '../http/index.js';
import { AcquireLockDto } from './dto/acquire-lock.dto.js';
import { LeaseDto } from './dto/lease.dto.js';
import { LeaseDesk } from './lease-desk.js';
import { LeaseRoutes, NO_STORE } from './lease-routes.js';

@ApiTags('Locks')
@Controller('v1/locks')
export class LocksController extends LeaseRoutes {
  constructor(desk: LeaseDesk) {
    super(desk, 'lock');
  }

  @Post(':name/leases')
  @Idempotent()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Acquire a lock, exclusive or shared; with waitMs the answer waits for it' })
  @ApiCreatedResponse({ type: LeaseDto })
  @ApiResponse({ status: 423, description: 'LOCK_NOT_ACQUIRED, with retryAfterMs' })
  acquire(
    @IdParam('name') name: string,
    @Body() body: AcquireLockDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LeaseDto> {
    return this.issue(name, body, reply);
  }
}
