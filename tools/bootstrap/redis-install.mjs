/**
 * Installs a Redis server from the system's own packages, where that needs no question to anyone. Only the binary is
 * wanted: Debian's package would also start a service on port 6379, now and at every boot.
 */
import { ask, executeQuietly } from './command.mjs';
import { BootstrapFailure } from './failure.mjs';
import { onPath } from './programs.mjs';
import { note, step } from './progress.mjs';

const apt = 'apt-get install -y --no-install-recommends redis-server';

/**
 * policy-rc.d answering 101 is Debian's way to say "start no service"; one that is there already stays as it is.
 * The package lists are fetched only where those at hand do not lead to the package.
 */
const aptScript = `
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
patience='-o DPkg::Lock::Timeout=60 -o Acquire::Retries=1 -o Acquire::http::Timeout=20'
${apt} -q $patience || { apt-get update -q $patience; ${apt} -q $patience; }
update-rc.d redis-server disable
`;

/** The package managers that are known, each by the program that shows that it is there. */
const managers = [
  { program: 'apt-get', says: apt, command: ['sh', '-c', aptScript], needsRoot: true },
  { program: 'apk', says: 'apk add redis', command: ['apk', 'add', 'redis'], needsRoot: true },
  { program: 'brew', says: 'brew install redis', command: ['brew', 'install', 'redis'], needsRoot: false },
];

/** What must stand before a manager's command to give it its rights; undefined when they cannot be had. */
function rightsFor({ needsRoot }) {
  const isRoot = process.getuid?.() === 0;
  if (isRoot === needsRoot) return [];
  return needsRoot && ask('sudo', '-n', 'true') !== undefined ? ['sudo', '-n'] : undefined;
}

function noRedis(reason, manager, otherwise) {
  const remedy = manager ? `install it ("${manager.says}")` : 'install Redis 7 or Valkey';
  return new BootstrapFailure(`no redis-server on PATH, and ${reason}: ${remedy} or ${otherwise}`);
}

/**
 * @param {() => string | undefined} find Looks for the binary once the package is there.
 * @param {string} otherwise What a person can do instead of installing one.
 * @returns {Promise<string>} The path of the binary.
 * @throws {BootstrapFailure} When nothing can or may be installed; its line says what to do instead.
 */
export async function installRedis(find, otherwise) {
  const manager = managers.find(({ program }) => onPath(program));
  const refuse = (reason) => {
    throw noRedis(reason, manager, otherwise);
  };
  if (process.env.HOLDFAST_NO_INSTALL === '1') refuse('HOLDFAST_NO_INSTALL forbids to install it');
  if (!manager) refuse('no package manager that could install it');
  const rights = rightsFor(manager);
  if (!rights) refuse('no right to install it without asking');
  note(`no redis-server on PATH; running: ${[...rights, manager.says].join(' ')}`);
  await step('installing redis-server', () => executeQuietly([...rights, ...manager.command], manager.says));
  return find() ?? refuse('its package brought none');
}
