/**
 * npm run archive:season -- <board> <window> <at>: a day, week or month of a leaderboard that is over, from REDIS_URL into
 * DATABASE_URL. `at` is a date, or an instant, of the season. Run again, it goes on where it was cut off.
 */
import './bootstrap/node-version.mjs';
import { withBar } from './context/bar.mjs';
import { built, runInContext } from './context/start.mjs';

const [board, window, at, ...rest] = process.argv.slice(2);
if (at === undefined || rest.length > 0) {
  console.error('usage: npm run archive:season -- <board> <daily|weekly|monthly> <date>');
  process.exit(1);
}

const modules = () => [built('leaderboard').SeasonsModule];

await runInContext(modules, async (app) => {
  const seasons = app.get(built('leaderboard').SeasonArchive);
  const archive = (onProgress) => seasons.archive(board, { window, at }, { onProgress });
  const { period, total, completedAt } = await withBar({ doing: 'archiving', things: 'members' }, archive);
  console.log(`${board}, ${window} ${period}: ${total} members, archived on ${completedAt.toISOString()}`);
});
