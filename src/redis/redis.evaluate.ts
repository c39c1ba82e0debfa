import type { RedisConnection } from './redis.options.js';
import type { ScriptArgument, ScriptText } from './redis.script.js';

/**
 * EVALSHA, and EVAL when the server does not know the script. ioredis' own commands answer NOSCRIPT with another
 * EVALSHA where they believe the script loaded, which a server that forgets again refuses again.
 */
export function evaluate(
  redis: RedisConnection,
  { sha, lua, isBinary }: ScriptText,
  keyCount: number,
  parameters: readonly ScriptArgument[],
): Promise<unknown> {
  const known = isBinary
    ? redis.callBuffer('EVALSHA', sha, keyCount, ...parameters)
    : redis.evalsha(sha, keyCount, ...parameters);
  return known.catch((error: Error) => {
    if (!error.message.startsWith('NOSCRIPT')) throw error;
    return isBinary
      ? redis.callBuffer('EVAL', lua, keyCount, ...parameters)
      : redis.eval(lua, keyCount, ...parameters);
  });
}
