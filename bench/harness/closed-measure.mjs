import { cpuSeconds } from './machine.mjs';
import { commandCounts, commandsPerOperation, networkBytes } from './redis-stats.mjs';

/**
 * Runs a closed loop, and adds what one of its operations cost: CPU of the subject's process and of Redis, the commands
 * that Redis executed, and the bytes between the two.
 *
 * @param {{ redis, subject }} stand
 * @param {() => Promise<{ requests: number }>} run
 */
export async function measureClosed({ redis, subject }, run) {
  const commandsBefore = await commandCounts(redis.client);
  const bytesBefore = await networkBytes(redis.client);
  const cpuBefore = { subject: cpuSeconds(subject.pid), redis: cpuSeconds(redis.pid) };
  const result = await run();
  const usedUs = (name, pid) => ((cpuSeconds(pid) - cpuBefore[name]) / result.requests) * 1e6;
  const costs = { appCpuUs: usedUs('subject', subject.pid), redisCpuUs: usedUs('redis', redis.pid) };
  const wireBytes = ((await networkBytes(redis.client)) - bytesBefore) / result.requests;
  const commands = commandsPerOperation(commandsBefore, await commandCounts(redis.client), result.requests);
  return { ...result, ...costs, wireBytes, commandsPerRequest: commands };
}
