import { StateStoreUnavailableError, toStateStoreError } from './redis.errors.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

describe('an error of Redis', () => {
  it.each([
    ['a lost connection', new Error('Connection is closed.')],
    ['a missed deadline', new Error('Redis did not answer within 250 ms')],
    ['no error at all', 'refused'],
    ['a failover', reply("READONLY You can't write against a read only replica.")],
    [
      'a full memory',
      reply("OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:2."),
    ],
    ['a server that loads', reply('LOADING Redis is loading the dataset in memory')],
    ['a Cluster that is not whole', reply('CLUSTERDOWN The cluster is down')],
    ['a refused login', reply('WRONGPASS invalid username-password pair or user is disabled.')],
    ['a dash before the word', reply('-MASTERDOWN Link with MASTER is down')],
  ])('means that the state store is away: %s', (_name, cause) => {
    const error = toStateStoreError(cause);
    expect(error).toBeInstanceOf(StateStoreUnavailableError);
    expect(error).toMatchObject({ code: 'STATE_STORE_UNAVAILABLE', status: 503, retryAfterMs: 1000, cause });
    expect(error.message).not.toContain((cause as Error).message ?? cause);
  });

  it.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'ERR Error running script: attempt to index a nil value',
    'NOSCRIPT No matching script.',
    'OOMPH is not OOM',
  ])('is the caller’s own fault: %s', (message) => {
    const error = reply(message);
    expect(toStateStoreError(error)).toBe(error);
  });
});
