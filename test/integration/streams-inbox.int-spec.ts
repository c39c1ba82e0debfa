import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type CloudEvent,
  GroupsService,
  OnStream,
  type StreamContext,
  StreamsService,
  TransactionalInbox,
} from '../../src/events/index.js';
import { Postgres } from '../../src/postgres/index.js';
import { TestApp } from '../support/app.js';
import { Accounts, transactionalApp } from '../support/outbox.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

/** Counts an account up for each payment, and fails after the commit as often as it is told to. */
@Injectable()
class Payments {
  readonly outcomes: boolean[] = [];

  constructor(
    private readonly accounts: Accounts,
    private readonly inbox: TransactionalInbox,
  ) {}

  @OnStream('payments', { group: 'bookkeeping', maxDeliveries: 3, backoffMs: 10 })
  async book(event: CloudEvent, context: StreamContext): Promise<void> {
    const { account, failures } = event.data as { account: string; failures: number };
    const isFirst = await this.accounts.db
      .transaction()
      .execute((trx) => this.inbox.once(trx, event, context, () => this.accounts.increment(trx, account)));
    this.outcomes.push(isFirst);
    if (context.deliveryCount <= failures) throw new Error('the acknowledgement is lost');
  }
}

let redis: TestRedis;
let server: TestPostgres;
let app: TestApp;
let accounts: Accounts;
let inbox: TransactionalInbox;
let payments: Payments;

beforeAll(async () => {
  [redis, server] = await Promise.all([TestRedis.start(), startPostgres()]);
  const environment = {
    REDIS_URL: redis.url,
    DATABASE_URL: await server.createDatabase(),
    DATABASE_TIMEOUT_MS: '5000',
  };
  app = await TestApp.start(environment, transactionalApp(Payments));
  await app.get(Postgres).whenMigrated();
  accounts = app.get(Accounts);
  inbox = app.get(TransactionalInbox);
  payments = app.get(Payments);
});

afterAll(async () => {
  await app?.stop();
  await server?.stop();
});

const EVENT: CloudEvent = { specversion: '1.0', id: '1', source: '/test', type: 'paid' };
const CONTEXT = { stream: 's', group: 'g' };

function once(id: string, event: CloudEvent = EVENT, context = CONTEXT): Promise<boolean> {
  return accounts.db
    .transaction()
    .execute((trx) => inbox.once(trx, event, context, () => accounts.increment(trx, id)));
}

describe('the inbox', () => {
  it('lets an event that is delivered again, redriven or published twice have one effect', async () => {
    const streams = app.get(StreamsService);
    await streams.publish('payments', { type: 'paid', data: { account: 'again', failures: 2 } });
    await waitFor(() => payments.outcomes.length === 3, { what: 'three deliveries' });
    expect(payments.outcomes.splice(0)).toEqual([true, false, false]);

    await streams.publish('payments', { type: 'paid', data: { account: 'dead', failures: 3 } });
    const groups = app.get(GroupsService);
    await waitFor(async () => (await groups.inspect('payments', 'bookkeeping')).deadLetters === 1, {
      what: 'a dead letter',
    });
    await groups.redrive('payments', 'bookkeeping');
    await waitFor(() => payments.outcomes.length >= 4, { what: 'what was redriven' });
    expect(payments.outcomes.slice(0, 4)).toEqual([true, false, false, false]);
    expect(await accounts.version('again')).toBe(1);
    expect(await accounts.version('dead')).toBe(1);
  });

  it('forgets the mark with the effect that was rolled back', async () => {
    const event = { ...EVENT, id: 'rolled back' };
    const failed = accounts.db.transaction().execute((trx) =>
      inbox.once(trx, event, CONTEXT, async () => {
        await accounts.increment(trx, 'rolled back');
        throw new Error('no');
      }),
    );
    await expect(failed).rejects.toThrow('no');
    expect(await once('rolled back', event)).toBe(true);
    expect(await accounts.version('rolled back')).toBe(1);
  });

  it('lets one of many at once have the effect', async () => {
    const event = { ...EVENT, id: 'raced' };
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => once('raced', event)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await accounts.version('raced')).toBe(1);
  });

  it('tells groups, streams, sources and ids apart', async () => {
    const cases: [CloudEvent, typeof CONTEXT][] = [
      [EVENT, CONTEXT],
      [{ ...EVENT, id: '2' }, CONTEXT],
      [{ ...EVENT, source: '/other' }, CONTEXT],
      [{ ...EVENT, source: '/test","1', id: '' }, CONTEXT],
      [EVENT, { stream: 's', group: 'h' }],
      [EVENT, { stream: 't', group: 'g' }],
    ];
    for (const [event, context] of cases) expect(await once('apart', event, context)).toBe(true);
    for (const [event, context] of cases) expect(await once('apart', event, context)).toBe(false);
    expect(await accounts.version('apart')).toBe(cases.length);
  });

  it('forgets what is older than 30 days', async () => {
    const [old, young] = [
      { ...EVENT, id: 'old' },
      { ...EVENT, id: 'young' },
    ];
    await once('old', old);
    await sql`update events_inbox set handled_at = now() - interval '31 days'`.execute(accounts.db);
    await once('young', young);
    await inbox.tidy();
    expect(await once('old', old)).toBe(true);
    expect(await once('young', young)).toBe(false);
  });
});
