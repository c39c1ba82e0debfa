import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Res } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Idempotent, IdParam } from '../http/index.js';
import { closedConnection } from './closed-connection.js';
import { AcquirePermitDto } from './dto/acquire-permit.dto.js';
import { LeaseDto } from './dto/lease.dto.js';
import { LockDto } from './dto/lock.dto.js';
import { TtlDto } from './dto/ttl.dto.js';
import { LeaseDesk, resourceOf } from './lease-desk.js';

const NO_STORE = ['cache-control', 'no-store'] as const;

@ApiTags('Semaphores')
@Controller('v1/semaphores')
export class SemaphoresController {
  constructor(private readonly desk: LeaseDesk) {}

  @Post(':name/leases')
  @Idempotent()
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Acquire one of the permits; with waitMs the answer waits for one' })
  @ApiCreatedResponse({ type: LeaseDto })
  @ApiResponse({ status: 423, description: 'LOCK_NOT_ACQUIRED, with retryAfterMs' })
  async acquire(
    @IdParam('name') name: string,
    @Body() body: AcquirePermitDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LeaseDto> {
    const options = { ...body, signal: closedConnection(reply, name) };
    return LeaseDto.from(await this.desk.issue(resourceOf('semaphore', name), options));
  }

  @Patch(':name/leases/:leaseId')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Make the lease of a permit last for ttlMs from now on' })
  @ApiOkResponse({ type: LeaseDto })
  @ApiConflictResponse({ description: 'LOCK_NOT_OWNED' })
  async extend(
    @IdParam('name') name: string,
    @IdParam('leaseId') leaseId: string,
    @Body() { ttlMs }: TtlDto,
  ): Promise<LeaseDto> {
    return LeaseDto.from(await this.desk.extend(resourceOf('semaphore', name), leaseId, ttlMs));
  }

  @Delete(':name/leases/:leaseId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Give a permit back; whoever waits next has it at once' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'LOCK_NOT_OWNED' })
  release(@IdParam('name') name: string, @IdParam('leaseId') leaseId: string): Promise<void> {
    return this.desk.release(resourceOf('semaphore', name), leaseId);
  }

  @Get(':name')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Show who holds permits, and how many wait' })
  @ApiOkResponse({ type: LockDto })
  async inspect(@IdParam('name') name: string): Promise<LockDto> {
    return LockDto.from(await this.desk.inspect(resourceOf('semaphore', name)));
  }
}
