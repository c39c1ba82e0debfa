import { Module } from '@nestjs/common';
import { CatalogStoreModule } from './catalog-store.module.js';
import { CatalogController } from './catalog.controller.js';

/** The films and their reviews: an example of a team's own feature. */
@Module({ imports: [CatalogStoreModule], controllers: [CatalogController], exports: [CatalogStoreModule] })
export class CatalogModule {}
