import { Module } from '@nestjs/common';
import { CatalogController } from './catalog.controller.js';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogService } from './catalog.service.js';
import { CatalogSeeder } from './seed/catalog.seeder.js';

/** The films and their reviews: an example of a team's own feature. */
@Module({
  controllers: [CatalogController],
  providers: [CatalogService, CatalogRepository, CatalogSeeder],
  exports: [CatalogSeeder],
})
export class CatalogModule {}
