/**
 * npm run seed: the films of vega-datasets into the database of DATABASE_URL, or into the embedded one in DATA_DIR, and by their
 * votes on the board of the most reviewed ones. To run it again changes nothing. The embedded servers have one user at a time:
 * stop the server first.
 */
import './bootstrap/node-version.mjs';
import { withBar } from './context/bar.mjs';
import { built, runInContext } from './context/start.mjs';

const modules = () => [built('leaderboard').LeaderboardModule, built('catalog').CatalogStoreModule];

await runInContext(modules, async (app) => {
  const { CatalogSeeder, MostReviewed } = built('catalog');
  const report = await withBar({ doing: 'seeding', things: 'products' }, (onProgress) =>
    app.get(CatalogSeeder).seed({ onProgress }),
  );
  const ranked = await withBar({ doing: 'ranking', things: 'products' }, (onProgress) =>
    app.get(MostReviewed).load({ onProgress }),
  );
  print({ ...report, ranked });
});

function print({ read, kept, dropped, repaired, inserted, updated, untouched, ranked }) {
  const counts = (entries) =>
    Object.entries(entries).map(([what, count]) => `  ${String(count).padStart(5)}  ${what}`);
  const lines = [
    `${read} rows read, ${kept} kept`,
    'left out:',
    ...counts(dropped),
    'put right:',
    ...counts(repaired),
    `${inserted} products new, ${updated} changed, ${untouched} as they were`,
    `${ranked} ranked by their votes`,
  ];
  console.log(lines.join('\n'));
}
