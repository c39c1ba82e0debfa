import { folderCircles, type Imports, readImports } from './imports.js';
import { plant, project } from './project.js';

/** What is planted, and the rules that must report it: none where it is allowed. A circle is reported once. */
const PLANTED: Readonly<Record<string, readonly [text: string, ...rules: string[]]>> = {
  'src/sessions/planted-neighbour.ts': ["export * from '../cache/index.js';", 'features-are-independent'],
  'src/sessions/planted-type.ts': [
    "export type { CacheService } from '../cache/index.js';",
    'features-are-independent',
  ],
  'src/config/planted-feature.ts': ["export * from '../cache/index.js';", 'shared-folders-know-no-feature'],
  'src/planted/planted.module.ts': ['export class PlantedModule {}'],
  'src/planted/index.ts': ["export { PlantedModule } from './planted.module.js';"],
  'src/planted/planted.service.ts': ["export { CacheService } from '../cache/index.js';"],
  'src/cache/planted-team.ts': ["export * from '../planted/index.js';", 'nobody-needs-a-team-module'],
  'src/http/planted-team.ts': ["export * from '../planted/index.js';", 'nobody-needs-a-team-module'],
  'src/planted/planted-deep.ts': [
    "export * from '../cache/cache.service.js';",
    'folders-are-entered-through-index',
  ],
  'src/planted.setup.ts': ["export * from './cache/cache.service.js';", 'the-app-enters-through-index'],
  'test/e2e/planted.ts': ["export * from '../../src/cache/cache.service.js';", 'tests-enter-through-index'],
  'src/planted/planted-app.ts': ["export * from '../app.module.js';", 'nothing-imports-the-app'],
  'src/planted/planted-chicken.ts': [
    "import type { Egg } from './planted-egg.js';\nexport interface Chicken { egg: Egg }",
    'no-circle',
  ],
  'src/planted/planted-egg.ts': [
    "import type { Chicken } from './planted-chicken.js';\nexport interface Egg { chicken: Chicken }",
  ],
  'src/cache/planted-redis.ts': ["export { Redis } from 'ioredis';", 'only-redis-speaks-to-redis'],
  'src/cache/planted-redis-type.ts': ["import { type Redis } from 'ioredis';\nexport type R = Redis;"],
  'src/cache/planted-pg.ts': ["export { Pool } from 'pg';", 'only-postgres-speaks-to-postgres'],
  'src/cache/planted-pglite.ts': [
    "export { PGlite } from '@electric-sql/pglite';",
    'only-postgres-speaks-to-postgres',
  ],
  'src/cache/planted-query.ts': ["export { sql } from 'kysely';"],
  'src/http/planted-query.ts': ["export { sql } from 'kysely';", 'shared-folders-do-not-query'],
  'src/cache/planted-metric.ts': ["export { Counter } from 'prom-client';", 'only-metrics-knows-prometheus'],
  'src/cache/planted-test.ts': [
    "export * from '../../test/support/wait-for.js';",
    'the-product-needs-no-test',
  ],
  'src/cache/planted-dev.ts': ["export { check } from 'fast-check';", 'the-product-needs-no-dev-dependency'],
  'src/cache/planted-typo.ts': ["export { a } from './nowhere.js';", 'every-import-resolves'],
};

describe('boundaries', () => {
  let imports: Imports;
  let reported: string[];

  // One run over a copy serves both: what is planted must be reported, and nothing else may be.
  beforeAll(async () => {
    const texts = Object.entries(PLANTED).map(([file, [text]]) => [file, `${text}\n`]);
    const copied = ['src', 'test', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'];
    imports = await readImports(plant(Object.fromEntries(texts), copied));
    reported = imports.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  });

  it('are kept by every import of the project', () => {
    expect(reported.filter((violation) => !violation.includes('planted'))).toEqual([]);
    expect(imports.modules.length).toBeGreaterThan(project.files('src', '.ts').length);
  });

  it.each(Object.entries(PLANTED))('are watched: %s', (file, [, ...rules]) => {
    const found = reported.filter((violation) => violation.includes(`: ${file} -> `));
    expect(found.map((violation) => violation.split(':')[0]).sort()).toEqual(rules);
  });

  it('have a planted violation each', () => {
    const rules = project.read('.dependency-cruiser.cjs').match(/(?<=rule\(\s*')[a-z-]+/g);
    expect(new Set(Object.values(PLANTED).flatMap(([, ...names]) => names))).toEqual(new Set(rules));
  });

  it('leave no folders that need each other', () => {
    const own = { ...imports, modules: imports.modules.filter(({ source }) => !source.includes('planted')) };
    expect(folderCircles(own)).toEqual([]);
    const modules = [
      { source: 'src/a/x.ts', dependencies: [{ resolved: 'src/b/index.ts' }] },
      { source: 'src/b/y.ts', dependencies: [{ resolved: 'src/c/index.ts' }] },
      { source: 'src/c/z.ts', dependencies: [{ resolved: 'src/a/index.ts' }] },
    ];
    expect(folderCircles({ ...imports, modules })).toEqual(['a -> b -> c -> a']);
  });
});
