import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogService } from './catalog.service.js';
import { MostReviewed } from './most-reviewed/most-reviewed.js';
import { MostReviewedRepository } from './most-reviewed/most-reviewed.repository.js';
import { CatalogSeeder } from './seed/catalog.seeder.js';

/** The catalog and its tables without the API: all that a command needs. */
@Module({
  imports: [DiscoveryModule],
  providers: [CatalogRepository, CatalogService, MostReviewed, MostReviewedRepository, CatalogSeeder],
  exports: [CatalogService, MostReviewed, CatalogSeeder],
})
export class CatalogStoreModule {}
