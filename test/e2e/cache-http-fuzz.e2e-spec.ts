import { setImmediate as turn } from 'node:timers/promises';
import { Controller, Get, Module, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cached } from '../../src/cache/index.js';
import { Settings } from '../../src/config/index.js';
import { CurrentSession, RequireSession, type Session, SessionsService } from '../../src/sessions/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

const REQUESTS = 20_000;
const BURST = 50;

/** So brief that entries expire, stand in and are loaded anew all the time. */
const BRIEF = { ttlMs: 80, graceMs: 80 };

const LANGUAGES = [undefined, 'de', 'DE ', 'en', 'fr'];
const ROUTES = ['open', 'public', 'own', 'guarded'] as const;

/** What a handler may say of its answer; all but the first two are for one request, and `private` for one session. */
const KINDS = ['plain', 'header', 'private', 'cookie', 'cookies', 'csrf', 'no-store', 'no-cache'] as const;
const MORE_KINDS = ['vary-star', 'vary-cookie', 'busy', 'partial'] as const;
type Kind = (typeof KINDS)[number] | (typeof MORE_KINDS)[number];

/** What an answer bears of the request that it was made for. */
interface Marked {
  readonly made: string;
  readonly kind: Kind;
  readonly language: string;
  readonly credentials: string;
  readonly session: string;
}

interface Asked {
  readonly route: (typeof ROUTES)[number];
  readonly id: string;
  readonly headers: Record<string, string>;
}

const random = new Random(20_260_801);

const languageOf = (headers: Record<string, unknown>) =>
  String(headers['accept-language'] ?? '')
    .trim()
    .toLowerCase();
const credentialsOf = (headers: Record<string, unknown>) =>
  ['authorization', 'cookie', 'session-token'].map((name) => String(headers[name] ?? '')).join('');

@Controller('v1/fuzz')
class FuzzController {
  @Get('open/:id')
  @Cached({ ...BRIEF, key: 'open:{id}', vary: ['accept-language'] })
  open(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Marked> {
    return this.answer(request, reply);
  }

  @Get('public/:id')
  @Cached({ ...BRIEF, key: 'public:{id}', vary: ['accept-language'], scope: 'public', tags: ['item:{id}'] })
  public(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Marked> {
    return this.answer(request, reply);
  }

  @Get('own/:id')
  @RequireSession()
  @Cached({ ...BRIEF, key: 'own:{id}', vary: ['accept-language'], scope: 'session' })
  own(
    @CurrentSession() { id }: Session,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Marked> {
    return this.answer(request, reply, id);
  }

  @Get('guarded/:id')
  @RequireSession()
  @Cached({ ...BRIEF, key: 'guarded:{id}' })
  guarded(
    @CurrentSession() { id }: Session,
    @Param('id') _id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Marked> {
    return this.answer(request, reply, id);
  }

  private async answer({ headers }: FastifyRequest, reply: FastifyReply, session = ''): Promise<Marked> {
    const made = String(headers['x-request']);
    const kind: Kind = random.chance(0.6) ? 'plain' : random.pick([...KINDS, ...MORE_KINDS]);
    for (let turns = random.integer(0, 4); turns > 0; turns -= 1) await turn();
    speak(reply, kind, made);
    return { made, kind, language: languageOf(headers), credentials: credentialsOf(headers), session };
  }
}

function speak(reply: FastifyReply, kind: Kind, made: string): void {
  const says: Partial<Record<Kind, Record<string, string | string[]>>> = {
    header: { 'X-Made': made },
    cookie: { 'Set-Cookie': `made=${made}` },
    cookies: { 'Set-Cookie': [`made=${made}`, 'second=1'] },
    csrf: { 'CSRF-Token': made },
    private: { 'Cache-Control': 'private, max-age=60' },
    'no-store': { 'Cache-Control': 'no-store' },
    'no-cache': { 'Cache-Control': 'max-age=60, no-cache' },
    'vary-star': { Vary: '*' },
    'vary-cookie': { Vary: 'X-User, Accept-Language' },
  };
  if (kind === 'busy') reply.code(429);
  if (kind === 'partial') reply.code(206);
  for (const [name, value] of Object.entries(says[kind] ?? {})) reply.header(name, value);
}

type Answer = Awaited<ReturnType<ReturnType<typeof injector>>>;

const injector = (app: TestApp) => {
  const fastify = app.nest.getHttpAdapter().getInstance();
  return (asked: Asked, number: string) =>
    fastify.inject({
      method: 'GET',
      url: `/v1/fuzz/${asked.route}/${asked.id}`,
      headers: { ...asked.headers, 'x-request': number },
    });
};

/** May an answer that was made for another request, of these credentials and this session, go to this one? */
function mayShare({ route, headers }: Asked, marked: Marked, sessionOf: (token: string) => string): boolean {
  if (marked.language !== languageOf(headers)) return false;
  const isShareable = marked.kind === 'plain' || marked.kind === 'header';
  if (route === 'guarded') return false;
  if (route === 'public') return isShareable;
  if (route === 'open') return isShareable && marked.credentials === '' && credentialsOf(headers) === '';
  const own = sessionOf(headers['session-token'] ?? headers.cookie.split('=')[1]);
  return (isShareable || marked.kind === 'private') && marked.session !== '' && marked.session === own;
}

/** What is wrong with an answer, if anything is. */
function faultOf(
  asked: Asked,
  number: string,
  answer: Answer,
  marked: Marked,
  sessionOf: (token: string) => string,
): string | undefined {
  if (![200, 206, 429].includes(answer.statusCode)) return `status ${answer.statusCode}`;
  const { headers } = answer;
  const isOwn = marked.made === number;
  if (!isOwn && !mayShare(asked, marked, sessionOf)) return 'made for somebody else';
  const ofOthers = [headers['x-made'], headers['csrf-token']].some((made) => made && made !== marked.made);
  if (ofOthers) return 'with a header of somebody else';
  const cookies = [headers['set-cookie'] ?? []].flat();
  if (cookies.length > 0 && (!isOwn || !cookies.includes(`made=${number}`))) return 'with another’s cookie';
  const said = String(headers['cache-control']);
  const forAll = said.includes('public') || !/private|no-store|no-cache/.test(said);
  if (forAll && marked.kind !== 'plain' && marked.kind !== 'header') return `${marked.kind} and ${said}`;
  if (forAll && asked.route !== 'public' && credentialsOf(asked.headers) !== '')
    return `personal and ${said}`;
  if (asked.route === 'open' && !/cookie/i.test(String(headers.vary)) && headers.vary !== '*')
    return 'without Vary';
  return undefined;
}

@Module({
  imports: [appWithout('PostgresModule', 'CatalogModule', 'RateLimitModule')],
  controllers: [FuzzController],
})
class FuzzApp {}

describe('20,000 requests with all kinds of credentials, headers and answers', () => {
  let apps: TestApp[];
  let sessions: SessionsService;
  let cookieName: string;
  const live = new Map<string, string>();

  beforeAll(async () => {
    const redis = await TestRedis.start();
    const start = () => TestApp.start({ REDIS_URL: redis.url, SESSION_CACHE_MS: '1000' }, FuzzApp);
    apps = await Promise.all([start(), start()]);
    sessions = apps[0].get(SessionsService);
    cookieName = apps[0].get(Settings).sessionCookieName;
    for (let i = 0; i < 6; i += 1) await login(`user-${i % 3}`);
  });

  async function login(userId: string): Promise<void> {
    const { token, session } = await sessions.create({ userId });
    live.set(token, session.id);
  }

  /** Sessions end and begin while their entries are used. */
  async function replaceOne(): Promise<void> {
    const token = random.pick([...live.keys()]);
    live.delete(token);
    await sessions.revoke(token);
    await login(`user-${random.integer(0, 2)}`);
  }

  function ask(): Asked {
    const route = random.pick(ROUTES);
    const headers: Record<string, string> = {};
    const language = random.pick(LANGUAGES);
    if (language !== undefined) headers['accept-language'] = language;
    if (random.chance(0.2)) headers.authorization = `Bearer ${random.integer(1, 5)}`;
    const needsSession = route === 'own' || route === 'guarded';
    const hasSession = needsSession || random.chance(0.2);
    if (hasSession) {
      const token = random.pick([...live.keys()]);
      if (random.chance(0.7)) headers['session-token'] = token;
      else headers.cookie = `${cookieName}=${token}`;
    }
    if (!hasSession && random.chance(0.2)) headers.cookie = `theme=${random.integer(1, 5)}`;
    return { route, id: String(random.integer(1, 2)), headers };
  }

  it('leak nothing', async () => {
    const known = new Map(live);
    const sessionOf = (token: string) => known.get(token) ?? 'none';
    const send = apps.map(injector);
    const seen: Record<string, number> = {};
    const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
    const leaks: string[] = [];
    for (let first = 0; first < REQUESTS; first += BURST) {
      if (first % 1000 === 0) await replaceOne();
      for (const [token, id] of live) known.set(token, id);
      const burst = Array.from({ length: BURST }, async (_each, i) => {
        const asked = ask();
        const number = String(first + i);
        const answer = await random.pick(send)(asked, number);
        const marked = answer.json<Marked>();
        const fault = faultOf(asked, number, answer, marked, sessionOf);
        if (fault) leaks.push(`${number} ${fault}: ${JSON.stringify(asked)} got ${answer.body}`);
        count(marked.made === number ? 'own' : `shared ${asked.route}`);
        count(String(answer.headers['cache-status']).replace(/ttl=(-?)\d+/, 'ttl=$1n'));
      });
      await Promise.all(burst);
    }
    expect(leaks.slice(0, 5)).toEqual([]);
    // What it was to show has happened.
    for (const what of [
      'holdfast; hit; ttl=n',
      'holdfast; hit; ttl=-n',
      'holdfast; fwd=miss',
      'holdfast; fwd=miss; stored',
      'holdfast; fwd=miss; collapsed',
      'holdfast; fwd=bypass; detail=credentials',
      'shared open',
      'shared public',
      'shared own',
    ]) {
      expect([what, (seen[what] ?? 0) >= 20]).toEqual([what, true]);
    }
  }, 120_000);
});
