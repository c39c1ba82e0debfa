import type { RedisOptions } from 'ioredis';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, and how to speak to it. */
export type Topology =
  | { readonly kind: 'standalone'; readonly node: RedisNode; readonly login: Login }
  | {
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisNode[];
      readonly master: string;
      readonly login: Login;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[]; readonly login: Login };

export type Login = Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;

/**
 * Reads `redis[s]://[user:password@]host[:port][/db]`, `redis-sentinel://[user:password@]h1[:port],h2/master[/db]`
 * and `redis-cluster://[user:password@]h1[:port],h2`. The settings' rule has checked the shape before.
 */
export function parseRedisUrl(url: string): Topology {
  const match = /^([a-z-]+):\/\/(?:([^@/]*)@)?([^/]+)(?:\/(.*))?$/.exec(url);
  if (!match) throw new Error('Not a Redis URL');
  const [, scheme, credentials, hosts, path = ''] = match;
  const login = parseCredentials(credentials);
  if (scheme === 'redis-sentinel') {
    const [master, db] = path.split('/');
    return {
      kind: 'sentinel',
      nodes: parseNodes(hosts, 26_379),
      master,
      login: { ...login, ...parseDb(db) },
    };
  }
  if (scheme === 'redis-cluster') return { kind: 'cluster', nodes: parseNodes(hosts, 6379), login };
  const tls = scheme === 'rediss' ? { tls: {} } : {};
  return {
    kind: 'standalone',
    node: parseNodes(hosts, 6379)[0],
    login: { ...login, ...tls, ...parseDb(path) },
  };
}

function parseCredentials(credentials: string | undefined): Login {
  if (!credentials) return {};
  const [user, ...password] = credentials.split(':').map(decodeURIComponent);
  return { ...(user ? { username: user } : {}), password: password.join(':') };
}

function parseDb(text: string | undefined): Login {
  return text ? { db: Number(text) } : {};
}

function parseNodes(hosts: string, defaultPort: number): RedisNode[] {
  return hosts.split(',').map((host) => {
    const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host.trim());
    if (!match) throw new Error('Not a Redis URL');
    return { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2] ?? defaultPort) };
  });
}
