import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IdParam } from '../../http/index.js';
import { PoliciesPageDto, NamedPolicyDto } from './dto/named-policy.dto.js';
import { PolicyDto } from './dto/policy.dto.js';
import { PoliciesService } from './policies.service.js';
import type { Policy } from './policy.js';

@ApiTags('Rate limits')
@Controller('v1/rate-limits/policies')
export class PoliciesController {
  constructor(private readonly policies: PoliciesService) {}

  @Get()
  @ApiOperation({ summary: 'List the policies' })
  @ApiOkResponse({ type: PoliciesPageDto })
  list(): PoliciesPageDto {
    return { items: this.policies.list(), nextCursor: null };
  }

  @Get(':policy')
  @ApiOperation({ summary: 'Read a policy' })
  @ApiOkResponse({ type: NamedPolicyDto })
  get(@IdParam('policy') name: string): Policy {
    return this.policies.get(name);
  }

  @Put(':policy')
  @ApiOperation({ summary: 'Create or replace a policy, on every replica within a second' })
  @ApiOkResponse({ type: NamedPolicyDto })
  async put(@IdParam('policy') name: string, @Body() body: PolicyDto): Promise<Policy> {
    const policy = body.toPolicy(name);
    await this.policies.put(policy);
    return policy;
  }

  @Delete(':policy')
  @HttpCode(204)
  @ApiOperation({ summary: 'Drop a policy; its counters end with their windows' })
  @ApiNoContentResponse()
  delete(@IdParam('policy') name: string): Promise<void> {
    return this.policies.delete(name);
  }
}
