import { createRequire } from 'node:module';
import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

/** Never written, wherever it stands in a logged object. */
const SECRETS = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'set-cookie',
  'session-token',
  'idempotency-key',
];

/** The errors of ioredis carry the command that failed, and with it what users have stored. */
const COMMAND_ARGUMENTS = 'err.command.args';

const REDACTED = [
  ...SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
  COMMAND_ARGUMENTS,
];

/** JSON lines on standard output; coloured and short when a person reads them on a terminal. */
export function createLogger(level: string): Logger {
  const readable = process.stdout.isTTY && canResolve('pino-pretty');
  return pino({
    level,
    base: { pid: process.pid },
    redact: { paths: REDACTED, censor: '[redacted]' },
    ...(readable
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid', translateTime: 'HH:MM:ss.l' } } }
      : {}),
  });
}

function canResolve(name: string): boolean {
  try {
    createRequire(__filename).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Where Nest lists every module and route at boot: of use only to whoever debugs that. */
const BOOT_CONTEXTS = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Sends what Nest and the features log through `Logger` to pino. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(BOOT_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the class that logs as the last parameter, and a stack before it. */
  private write(
    level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    const fields = { context, ...(stack === undefined ? {} : { stack }) };
    if (message instanceof Error) this.pino[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'object') this.pino[level]({ ...fields, ...message });
    else this.pino[level](fields, String(message));
  }
}
