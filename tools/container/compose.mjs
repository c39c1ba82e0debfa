/** The rules that docker-compose.yml keeps; the Docker client checks the format itself where it is there. */
import { existsSync } from 'node:fs';
import { ask, executeQuietly } from '../bootstrap/command.mjs';
import { inProject } from '../bootstrap/project.mjs';
import { heapMiB, readYaml, mustHold, toMiB, toMs } from './rules.mjs';

const file = 'docker-compose.yml';

/** The value after a flag of redis-server: `--appendonly yes`. */
const flag = ({ command }, name) => command[command.indexOf(`--${name}`) + 1];
const memoryOf = (service) => toMiB(service.deploy.resources.limits.memory);

function references({ services, volumes, networks }) {
  const all = Object.values(services);
  const mounts = all.flatMap((service) => service.volumes ?? []).map((mount) => mount.split(':')[0]);
  const waitedFor = all.flatMap((service) => Object.keys(service.depends_on ?? {}));
  return {
    'every mount is a declared volume or a file of the project': mounts.every(
      (source) => source in volumes || (source.startsWith('./') && existsSync(inProject(source))),
    ),
    'every service that is waited for has a health check': waitedFor.every(
      (name) => services[name].healthcheck ?? services[name].build,
    ),
    'every service is on a declared network': all.every((service) =>
      service.networks.every((name) => name in networks),
    ),
  };
}

function exposure({ services, networks }) {
  const published = Object.entries(services).filter(([, service]) => service.ports);
  return {
    'nginx alone is published': published.map(([name]) => name).join() === 'nginx',
    'it is published on loopback': services.nginx.ports.every((port) => port.startsWith('127.0.0.1:')),
    'TRUST_PROXY is the network':
      services.api.environment.TRUST_PROXY === networks.holdfast.ipam.config[0].subnet,
  };
}

function replicas({ api, ...services }) {
  const { environment: settings } = api;
  const targets = ['REDIS_URL', 'CACHE_REDIS_URL', 'DATABASE_URL'].map(
    (name) => new URL(settings[name]).hostname,
  );
  return {
    'the api has three replicas': api.deploy.replicas === 3,
    'the api is read-only but for /tmp': api.read_only === true && api.tmpfs.join() === '/tmp',
    'the api has no capability': api.cap_drop.join() === 'ALL',
    'the api is given longer to stop than it takes':
      toMs(api.stop_grace_period) > Number(settings.SHUTDOWN_TIMEOUT_MS),
    "the api's heap leaves a quarter of its memory": heapMiB(settings.NODE_OPTIONS) <= 0.75 * memoryOf(api),
    'the api is pointed at services of this file': targets.every((name) => name in services),
  };
}

function stores({ redis, 'redis-cache': cache }) {
  return {
    'state is never evicted': flag(redis, 'maxmemory-policy') === 'noeviction',
    'state is on disk within a second':
      flag(redis, 'appendonly') === 'yes' && flag(redis, 'appendfsync') === 'everysec',
    'state has room for a fork': 2 * toMiB(flag(redis, 'maxmemory')) <= memoryOf(redis),
    'the cache evicts': flag(cache, 'maxmemory-policy').startsWith('allkeys-'),
    'the cache writes nothing to disk': flag(cache, 'appendonly') === 'no' && flag(cache, 'save') === '',
  };
}

/** @throws {BootstrapFailure} Naming every rule that the file breaks. */
export async function checkCompose() {
  if (ask('docker', 'compose', 'version'))
    await executeQuietly(['docker', 'compose', '-f', inProject(file), 'config', '-q']);
  const [compose] = await readYaml(file);
  mustHold(file, {
    ...references(compose),
    ...exposure(compose),
    ...replicas(compose.services),
    ...stores(compose.services),
  });
}
