import { Module } from '@nestjs/common';
import { CatalogStoreModule } from './catalog-store.module.js';
import { CatalogController } from './catalog.controller.js';
import { MostReviewedController } from './most-reviewed/most-reviewed.controller.js';

/** The films and their reviews: an example of a team's own feature. */
@Module({
  imports: [CatalogStoreModule],
  controllers: [CatalogController, MostReviewedController],
  exports: [CatalogStoreModule],
})
export class CatalogModule {}
