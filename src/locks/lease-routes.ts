import { Body, Delete, Get, Header, HttpCode, Patch } from '@nestjs/common';
import { ApiConflictResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { closedConnection, IdParam } from '../http/index.js';
import { LeaseDto } from './dto/lease.dto.js';
import { LockDto } from './dto/lock.dto.js';
import { TtlDto } from './dto/ttl.dto.js';
import type { WaitDto } from './dto/wait.dto.js';
import type { LeaseDesk } from './lease-desk.js';
import { LockNotAcquiredError } from './locks.errors.js';
import type { LockKind } from './locks.keys.js';

export const NO_STORE = ['cache-control', 'no-store'] as const;

/** The routes that locks and semaphores have in common; each adds the one by which it is acquired. */
export abstract class LeaseRoutes {
  constructor(
    private readonly desk: LeaseDesk,
    private readonly kind: LockKind,
  ) {}

  @Patch(':name/leases/:leaseId')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Make a lease last for ttlMs from now on' })
  @ApiOkResponse({ type: LeaseDto })
  @ApiConflictResponse({ description: 'LOCK_NOT_OWNED' })
  async extend(
    @IdParam('name') name: string,
    @IdParam('leaseId') leaseId: string,
    @Body() { ttlMs }: TtlDto,
  ): Promise<LeaseDto> {
    return LeaseDto.from(await this.desk.extend({ kind: this.kind, name }, leaseId, ttlMs));
  }

  @Delete(':name/leases/:leaseId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Give a lease back; whoever waits next has one at once' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: 'LOCK_NOT_OWNED' })
  release(@IdParam('name') name: string, @IdParam('leaseId') leaseId: string): Promise<void> {
    return this.desk.release({ kind: this.kind, name }, leaseId);
  }

  @Get(':name')
  @Header(...NO_STORE)
  @ApiOperation({ summary: 'Show who holds leases, and how many wait' })
  @ApiOkResponse({ type: LockDto })
  async inspect(@IdParam('name') name: string): Promise<LockDto> {
    return LockDto.from(await this.desk.inspect({ kind: this.kind, name }));
  }

  /** Closing the connection ends the wait. */
  protected async issue(name: string, body: WaitDto, reply: FastifyReply): Promise<LeaseDto> {
    const options = { ...body, signal: closedConnection(reply, new LockNotAcquiredError(name, 1)) };
    return LeaseDto.from(await this.desk.issue({ kind: this.kind, name }, options));
  }
}
