import { Body, Controller, Get, Put } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { IdParam, Idempotent } from '../http/index.js';
import { RateLimit } from '../rate-limit/index.js';
import { ExampleNameEntryDto } from './dto/example-name-entry.dto.js';
import { SaveExampleNameDto } from './dto/save-example-name.dto.js';
import { ExampleNameService } from './example-name.service.js';

@ApiTags('ExampleName')
@Controller('v1/example-name')
@RateLimit()
export class ExampleNameController {
  constructor(private readonly entries: ExampleNameService) {}

  @Get(':id')
  @ApiOperation({ summary: 'Read an entry' })
  @ApiOkResponse({ type: ExampleNameEntryDto })
  @ApiNotFoundResponse({ description: 'EXAMPLE_NAME_NOT_FOUND' })
  find(@IdParam('id') id: string): Promise<ExampleNameEntryDto> {
    return this.entries.find(id);
  }

  @Put(':id')
  @Idempotent()
  @ApiOperation({ summary: 'Save an entry for a day' })
  @ApiOkResponse({ type: ExampleNameEntryDto })
  @ApiConflictResponse({ description: 'EXAMPLE_NAME_CHANGED' })
  save(
    @IdParam('id') id: string,
    @Body() { text, expectedVersion }: SaveExampleNameDto,
  ): Promise<ExampleNameEntryDto> {
    return this.entries.save(id, text, expectedVersion);
  }
}
