import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AsyncApiService } from './asyncapi.service.js';
import type { AsyncApiDocument } from './asyncapi-document.js';

@ApiTags('Events')
@Controller('asyncapi.json')
export class AsyncApiController {
  constructor(private readonly asyncApi: AsyncApiService) {}

  @Get()
  @ApiOperation({ summary: 'Read which streams and channels this app handles, as AsyncAPI 3.0' })
  @ApiOkResponse({ description: 'An AsyncAPI document', schema: { type: 'object' } })
  read(): AsyncApiDocument {
    return this.asyncApi.document();
  }
}
