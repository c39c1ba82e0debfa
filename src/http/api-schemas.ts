import { Injectable, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { API_INFO } from './api-info.js';

/** Schemas by name; one refers to another as `#/components/schemas/<name>`. */
export type SchemaSet = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The schemas of DTO classes as the OpenAPI document has them, for documents of other kinds. Injectable. */
@Injectable()
export class ApiSchemas {
  private app?: NestFastifyApplication;

  /** @param app from whose settings schemas are made; before anything asks for them. */
  readFrom(app: NestFastifyApplication): void {
    this.app = app;
  }

  /**
   * Those of OpenAPI 3.1, which are JSON Schema: 3.0 has words of its own, such as `nullable`.
   *
   * @param models classes with `@ApiProperty()`.
   * @returns their schemas and those that they refer to, by the names of the classes.
   */
  of(models: readonly Type[]): SchemaSet {
    if (!this.app) throw new Error('no schema can be made before the OpenAPI document is served');
    const config = { openapi: '3.1.0', info: API_INFO };
    // No module is of this class, so no route is looked at.
    const options = { include: [ApiSchemas], extraModels: [...models] };
    return SwaggerModule.createDocument(this.app, config, options).components?.schemas ?? {};
  }
}
