import { markdownTable, number, spread } from '../../harness/format.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { ROUNDS_OF_A_RESULT } from '../../harness/options.mjs';
import { note, step } from '../../harness/progress.mjs';
import { startRedis } from '../../harness/redis-server.mjs';
import { summarize } from '../../harness/stats.mjs';
import { findPostgres, startPostgres } from './postgres.mjs';
import { isBuilt, measureStart, withDataDir } from './start.mjs';

const name = 'boot';
const title = 'Boot: from the start of the process to ready, and memory when idle';
const ARMS = [
  {
    name: 'external',
    title: 'node dist/main.js with an own Redis (REDIS_URL) and an own Postgres (DATABASE_URL), both empty',
  },
  {
    name: 'embedded',
    title: 'node dist/main.js with neither: its own redis-server and PGlite, in an empty DATA_DIR',
  },
  { name: 'restart', title: 'the same on the DATA_DIR that the embedded start left' },
];
const READY_EXTERNAL_MS = 2000;
const READY_EMBEDDED_MS = 8000;
const RSS_EXTERNAL_MB = 150;

export const boot = { name, title, arms: ARMS, run };

async function run(options) {
  if (!isBuilt()) throw new Error('dist/main.js is not there: build the project first.');
  const machine = describeMachine();
  const wanted = ARMS.map((arm) => arm.name).filter(
    (arm) => options.arms.length === 0 || options.arms.includes(arm),
  );
  const { external, skipped } = await prepareExternal(wanted);
  const rounds = { external: [], embedded: [], restart: [] };
  try {
    for (let round = 1; round <= options.rounds; round += 1) {
      const say = (arm) => step(`${name}: round ${round}/${options.rounds}, ${arm}`);
      if (external) rounds.external.push((say('external'), await measureExternal(external, round)));
      if (wanted.includes('embedded') || wanted.includes('restart')) await measureEmbedded(rounds, say);
    }
  } finally {
    await external?.stop();
  }
  return describeResult({ machine, options, skipped, rounds });
}

async function prepareExternal(wanted) {
  if (!wanted.includes('external')) return { skipped: [] };
  const programs = findPostgres();
  if (!programs) {
    const reason = 'no initdb and postgres on PATH or under /usr/lib/postgresql';
    note(`external is left out: ${reason}`);
    return { skipped: [{ name: 'external', reason }] };
  }
  return { external: await startPostgres(programs), skipped: [] };
}

async function measureExternal(postgres, round) {
  const database = `round_${round}`;
  await postgres.createDatabase(database);
  const redis = await startRedis();
  try {
    return await withDataDir((DATA_DIR) =>
      measureStart({ REDIS_URL: redis.url, DATABASE_URL: postgres.url(database), DATA_DIR }),
    );
  } finally {
    await redis.stop();
  }
}

async function measureEmbedded(rounds, say) {
  await withDataDir(async (DATA_DIR) => {
    rounds.embedded.push((say('embedded'), await measureStart({ DATA_DIR })));
    rounds.restart.push((say('restart'), await measureStart({ DATA_DIR })));
  });
}

function describeResult({ machine, options, skipped, rounds }) {
  const measured = Object.entries(rounds).filter(([, list]) => list.length > 0);
  const summaryOf = (list, field) => summarize(list.map((round) => round[field]));
  const arms = Object.fromEntries(
    measured.map(([arm, list]) => [
      arm,
      { readyMs: summaryOf(list, 'readyMs'), rssMb: summaryOf(list, 'rssMb') },
    ]),
  );
  const targets = [
    below('ms to ready with external Redis and Postgres', READY_EXTERNAL_MS, arms.external?.readyMs),
    below('ms to ready embedded, first start', READY_EMBEDDED_MS, arms.embedded?.readyMs),
    below('MB resident when idle, without PGlite', RSS_EXTERNAL_MB, arms.external?.rssMb),
  ];
  const rows = Object.entries(arms).map(([arm, { readyMs, rssMb }]) => [arm, spread(readyMs), spread(rssMb)]);
  const table = markdownTable(['Arm', 'Ready after, ms', 'Resident after 5 s idle, MB'], rows);
  const preliminary = options.rounds < ROUNDS_OF_A_RESULT;
  const result = { scenario: name, title, machine, options, preliminary, skipped, arms, targets };
  return {
    result,
    sections: [
      `## Starts\n\n${table}`,
      'Median (first to third quartile). The memory is that of the node process alone.',
    ],
  };
}

function below(what, limit, summary) {
  if (!summary) return { name: what, target: `< ${limit}`, measured: '–', reached: null };
  return {
    name: what,
    target: `< ${limit}`,
    measured: number(summary.median),
    reached: summary.median < limit,
  };
}
