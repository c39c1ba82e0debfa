import { Controller, Get, Module } from '@nestjs/common';
import { ApiExcludeController, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createOpenApiDocument } from '../../src/http/index.js';
import { appWith } from '../support/app.js';
import { startLiveApp } from './live-app.js';
import { contractFaults } from './openapi.js';

jest.setTimeout(60_000);

/** For the platform and not for clients: their controllers are excluded from the document. */
const OUTSIDE = ['GET /health/live', 'GET /health/ready', 'GET /health/startup', 'GET /metrics'];

@ApiExcludeController()
@Controller('planted')
class HiddenController {
  @Get(':id')
  read(): void {}
}

@Controller('planted-bare')
class BareController {
  @Get()
  read(): void {}
}

@ApiTags('Planted')
@Controller('planted-sound')
class SoundController {
  @Get(':id')
  @ApiOperation({ summary: 'Read it' })
  @ApiOkResponse()
  read(): void {}
}

@Module({ controllers: [HiddenController, BareController, SoundController] })
class PlantedModule {}

describe('the OpenAPI document', () => {
  it('has every route, and no other', async () => {
    const { nest, routes } = await startLiveApp();
    expect(contractFaults(createOpenApiDocument(nest), routes, OUTSIDE)).toEqual([]);
  });

  it('is out of step with a route that it hides, lacks or makes up', async () => {
    const { nest, routes } = await startLiveApp(appWith(PlantedModule));
    const document = createOpenApiDocument(nest);
    document.paths['/v1/planted-ghost'] = document.paths['/planted-sound/{id}'];
    const outside = [...OUTSIDE, 'GET /planted-gone', 'GET /planted-sound/{id}'];
    expect(contractFaults(document, routes, outside)).toEqual([
      'GET /planted/{id} is not documented',
      'GET /planted-gone is listed as outside the contract and is no route',
      'GET /planted-bare has no summary',
      'GET /planted-sound/{id} is documented and listed as outside the contract',
      'GET /v1/planted-ghost is documented and is no route',
    ]);
  });
});
