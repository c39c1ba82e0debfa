import { Logger, type LoggerService } from '@nestjs/common';
import { readSettings } from '../config/index.js';
import { SessionTransport } from './session-transport.js';

/** What is said at the boot under these settings. */
function warningsOf(environment: Record<string, string>): string[] {
  const warnings: string[] = [];
  const keep = (message: string) => warnings.push(message);
  const silent = () => undefined;
  Logger.overrideLogger({ log: silent, error: silent, warn: keep } as LoggerService);
  new SessionTransport(readSettings(environment)).onModuleInit();
  return warnings;
}

describe('the session cookie', () => {
  afterEach(() => Logger.overrideLogger(['error']));

  it('is warned of at the boot wherever it is weaker than it could be', () => {
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ SESSION_COOKIE_SAME_SITE: 'lax' })).toEqual([]);
    expect(warningsOf({ SESSION_COOKIE_NAME: 'sid' })).toEqual([
      'SESSION_COOKIE_NAME=sid: without the prefix __Host- a neighbouring host can set the cookie',
    ]);
    const weak = {
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_SECURE: 'false',
      SESSION_COOKIE_DOMAIN: 'a.example',
    };
    expect(warningsOf(weak).map((each) => each.split('=')[0])).toEqual(Object.keys(weak));
  });
});
