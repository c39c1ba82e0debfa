import { DatabaseError } from 'pg';
import { DatabaseUnavailableError, endsConnection, toDatabaseError } from './postgres.errors.js';

function reply(code: string): DatabaseError {
  const error = new DatabaseError('says the server', 0, 'error');
  error.code = code;
  return error;
}

const socketFault = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });

describe('toDatabaseError', () => {
  it.each([
    ['a timeout', reply('57014')],
    ['a shutdown', reply('57P01')],
    ['a start', reply('57P03')],
    ['too many connections', reply('53300')],
    ['a full disk', reply('53100')],
    ['a refused login', reply('28P01')],
    ['a missing database', reply('3D000')],
    ['an old primary', reply('25006')],
    ['a lock that was not granted', reply('55P03')],
    ['a broken connection', reply('08006')],
    ['a socket fault', socketFault],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['a silent server', new Error('Query read timeout')],
    ['a dead client', new Error('Client has encountered a connection error and is not queryable')],
  ])('is unavailable after %s, and keeps the cause', (_name, cause) => {
    const error = toDatabaseError(cause);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfterMs: 1000, cause });
    expect((error as Error).message).not.toContain(cause.message);
  });

  it.each([
    ['a broken constraint', reply('23505')],
    ['a missing column', reply('42703')],
    ['text that cannot be stored', reply('22021')],
    ['a deadlock', reply('40P01')],
    ['a mistake in TypeScript', new TypeError('Converting circular structure to JSON')],
  ])('leaves %s as it is', (_name, error) => {
    expect(toDatabaseError(error)).toBe(error);
  });
});

describe('endsConnection', () => {
  it.each([
    ['a shutdown', reply('57P01'), true],
    ['a crash', reply('57P02'), true],
    ['a transaction that idled too long', reply('25P03'), true],
    ['a socket fault', socketFault, true],
    ['a lost connection', new Error('Connection terminated unexpectedly'), true],
    ['a cancelled statement', reply('57014'), false],
    ['a full disk', reply('53100'), false],
    ['a broken constraint', reply('23505'), false],
  ])('knows what follows %s', (_name, error, ends) => {
    expect(endsConnection(error)).toBe(ends);
  });
});
