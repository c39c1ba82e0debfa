export { ProductChangedError, ProductNotFoundError, ReviewExistsError } from './catalog.errors.js';
export { CatalogModule } from './catalog.module.js';
export { CatalogStoreModule } from './catalog-store.module.js';
export { CatalogSeeder, type SeedOptions, type SeedReport } from './seed/catalog.seeder.js';
export type { CleaningReport } from './seed/clean-films.js';
export type { DropReason, Repair } from './seed/film.js';
export { FilmsMissingError } from './seed/read-films.js';
