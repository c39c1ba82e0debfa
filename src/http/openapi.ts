import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { API_INFO } from './api-info.js';
import { ApiSchemas } from './api-schemas.js';

export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(API_INFO.title)
    .setDescription(API_INFO.description)
    .setVersion(API_INFO.version)
    .addApiKey({ type: 'apiKey', in: 'header', name: 'Session-Token' }, 'session')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** The contract at /openapi.json, and a page over it at /docs. */
export function serveOpenApi(app: NestFastifyApplication): void {
  app.get(ApiSchemas).readFrom(app);
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Holdfast API',
  });
}
