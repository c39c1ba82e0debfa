import { fastifyCookie } from '@fastify/cookie';
import { fastifySession } from '@fastify/session';
import {
  Body,
  CanActivate,
  Controller,
  ExecutionContext,
  Injectable,
  Post,
  Req,
  UnauthorizedException,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { REDIS_URL, SESSION_DATA, SESSION_ROLES, SESSION_TTL_MS } from '../common/child.js';

/** PEERS_SLIDE=1: every request renews the session (`rolling`, the plugin's default), as Holdfast's idle timeout does. */
const rolling = process.env.PEERS_SLIDE === '1';

/** @fastify/session over connect-redis over node-redis. */
export async function useSessions(app: NestFastifyApplication): Promise<void> {
  const client = createClient({ url: REDIS_URL });
  await client.connect();
  await app.register(fastifyCookie as never);
  await app.register(fastifySession as never, {
    secret: 'a secret of the benchmark, longer than 32 characters',
    store: new RedisStore({ client, prefix: 'app:sess:', ttl: SESSION_TTL_MS / 1000 }),
    saveUninitialized: false,
    rolling,
    cookie: { secure: false, httpOnly: true, sameSite: 'lax', maxAge: SESSION_TTL_MS },
  });
}

interface SessionRequest {
  session: { get(key: string): unknown; set(key: string, value: unknown): void };
}

/** Refuses a request without a logged-in user. */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { session } = context.switchToHttp().getRequest<SessionRequest>();
    if (!session.get('userId')) throw new UnauthorizedException();
    return true;
  }
}

@Controller('login')
export class LoginController {
  @Post()
  login(@Req() { session }: SessionRequest, @Body() { userId }: { userId: string }): { userId: string } {
    session.set('userId', userId);
    session.set('roles', SESSION_ROLES);
    session.set('data', SESSION_DATA);
    return { userId };
  }
}
