import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Holdfast')
    .setDescription(
      'One authoritative state for every replica: sessions, rate limits, cache. Errors are RFC 9457 problems.',
    )
    .setVersion('1')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'Session-Token' }, 'session')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** The contract at /openapi.json, and a page over it at /docs. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Holdfast API',
  });
}
