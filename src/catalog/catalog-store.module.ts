import { Module } from '@nestjs/common';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogService } from './catalog.service.js';
import { CatalogSeeder } from './seed/catalog.seeder.js';

/** The catalog and its tables without the API: all that a command needs. */
@Module({
  providers: [CatalogRepository, CatalogService, CatalogSeeder],
  exports: [CatalogService, CatalogSeeder],
})
export class CatalogStoreModule {}
