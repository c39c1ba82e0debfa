/**
 * Who may import whom: `npx depcruise src test`. A folder of src/ is a feature, shared, or a team's own module: whatever
 * test/architecture/folders.json does not name. test/architecture/boundaries.spec.ts plants a violation of each rule.
 */
const { features, shared } = require('./test/architecture/folders.json');

const oneOf = (names) => `^src/(?:${names.join('|')})/`;
const FEATURE = oneOf(features);
const SHARED = oneOf(shared);
const TEAM = `^src/(?!(?:${[...features, ...shared].join('|')})/)[^/]+/`;
const INSIDE_A_FOLDER = '^src/[^/]+/.+';
const INDEX = '^src/[^/]+/index[.]ts$';

/** Types cost nothing at run time and couple nothing: they are free. */
const values = (...packages) => ({
  path: packages.map((name) => `node_modules/${name}/`),
  dependencyTypesNot: ['type-only'],
});

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'features-are-independent',
      'Features meet in the request context, in decorators, or in an interface that the consumer owns.',
      { path: `^src/(${features.join('|')})/` },
      { path: FEATURE, pathNot: '^src/$1/' },
    ),
    rule(
      'shared-folders-know-no-feature',
      'What every feature builds on cannot need one of them.',
      { path: SHARED },
      { path: FEATURE },
    ),
    rule(
      'nobody-needs-a-team-module',
      "A team's module uses the features; nothing of the product uses it.",
      { path: [FEATURE, SHARED] },
      { path: TEAM },
    ),
    rule(
      'folders-are-entered-through-index',
      'index.ts is the public surface of a folder.',
      { path: '^src/([^/]+)/' },
      { path: INSIDE_A_FOLDER, pathNot: ['^src/$1/', INDEX] },
    ),
    rule(
      'the-app-enters-through-index',
      'index.ts is the public surface of a folder.',
      { path: '^src/[^/]+[.]ts$' },
      { path: INSIDE_A_FOLDER, pathNot: INDEX },
    ),
    rule(
      'tests-enter-through-index',
      'A test of internals is a unit spec and stands beside the code.',
      { path: '^test/', pathNot: '^test/architecture/' },
      { path: INSIDE_A_FOLDER, pathNot: INDEX },
    ),
    rule(
      'nothing-imports-the-app',
      'app.module.ts and its neighbours put the folders together; no folder knows them.',
      { path: INSIDE_A_FOLDER },
      { path: '^src/[^/]+[.]ts$' },
    ),
    rule('no-circle', 'Neither is understood without the other.', {}, { circular: true }),
    rule(
      'only-redis-speaks-to-redis',
      'One place makes, names, counts and closes connections.',
      { path: '^src/', pathNot: '^src/redis/' },
      values('ioredis'),
    ),
    rule(
      'only-postgres-speaks-to-postgres',
      'One place makes the pool and owns its failure policy.',
      { path: '^src/', pathNot: '^src/postgres/' },
      values('pg', '@electric-sql'),
    ),
    rule(
      'shared-folders-do-not-query',
      'Kysely is for the repositories and migrations of features and team modules.',
      { path: [SHARED, '^src/[^/]+[.]ts$'], pathNot: '^src/postgres/' },
      values('kysely'),
    ),
    rule(
      'only-metrics-knows-prometheus',
      'Features count through Metrics, which names and registers once.',
      { path: '^src/', pathNot: '^src/observability/metrics/' },
      values('prom-client'),
    ),
    rule(
      'the-product-needs-no-test',
      'dist/ has neither tests nor development dependencies.',
      { path: '^src/', pathNot: '[.]spec[.]ts$' },
      { path: ['^test/', '^tools/', '^bench/'] },
    ),
    rule(
      'the-product-needs-no-dev-dependency',
      'The image is installed without them.',
      { path: '^src/', pathNot: '[.]spec[.]ts$' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    rule('every-import-resolves', 'A misspelt or undeclared package.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // With types: a type-only circle or a type taken past index.ts ties two folders as well.
    tsPreCompilationDeps: true,
    skipAnalysisNotInRules: true,
    // As Node resolves: some packages have nothing but their exports.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
