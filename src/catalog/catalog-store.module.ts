import { Module } from '@nestjs/common';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogSeeder } from './seed/catalog.seeder.js';

/** The catalog's tables and what fills them, without the API: all that a command needs. */
@Module({ providers: [CatalogRepository, CatalogSeeder], exports: [CatalogRepository, CatalogSeeder] })
export class CatalogStoreModule {}
