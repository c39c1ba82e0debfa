/** The rules that the Dockerfile keeps. */
import { mustHold } from './rules.mjs';

/**
 * @param {ReturnType<import('./dockerfile.mjs').parseDockerfile>} stages
 * @throws {BootstrapFailure} Naming every rule that it breaks.
 */
export function checkDockerfile(stages) {
  const image = stages.at(-1);
  const copied = image.steps.filter(({ word }) => word === 'COPY');
  const fromContext = copied.filter(({ flags }) => !flags.from).flatMap(({ words }) => words.slice(0, -1));
  const installs = stages.flatMap(({ steps }) => steps).filter(({ rest }) => rest?.startsWith('npm '));
  mustHold('Dockerfile', {
    'all stages share one base image': new Set(stages.map(({ base }) => base)).size === 1,
    'it runs as a numeric user that is not root': /^[1-9]\d*:[1-9]\d*$/.test(image.user ?? ''),
    'the last stage runs nothing': image.steps.every(({ word }) => word !== 'RUN'),
    'the last stage takes package.json alone from the project': String(fromContext) === 'package.json',
    'npm installs from the lockfile, without scripts': installs.every(({ rest }) =>
      /^npm ci .*--ignore-scripts/.test(rest),
    ),
    'CMD is node dist/main.js': String(image.command) === 'node,dist/main.js',
    'HEALTHCHECK asks /health/live': /\/health\/live/.test(String(image.healthcheck)),
    'protected mode stays on': !('ALLOW_UNAUTHENTICATED' in image.env),
    'it writes below /tmp only': image.env.HOME === '/tmp' && image.env.DATA_DIR.startsWith('/tmp/'),
  });
}
