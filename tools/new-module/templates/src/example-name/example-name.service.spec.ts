import { RedisKeyspace, type RedisClient } from '../redis/index.js';
import { Settings } from '../config/index.js';
import { ExampleNameKeys } from './example-name.keys.js';
import { ExampleNameService } from './example-name.service.js';

describe('ExampleNameService', () => {
  const redis = { run: jest.fn(), call: jest.fn() };
  const keys = new ExampleNameKeys(new RedisKeyspace(new Settings()));
  const service = new ExampleNameService(redis as unknown as RedisClient, keys);

  it('tells an entry that is not there from an empty one', async () => {
    redis.call.mockResolvedValueOnce([null, null]);
    await expect(service.find('a')).rejects.toMatchObject({ code: 'EXAMPLE_NAME_NOT_FOUND' });
    redis.call.mockResolvedValueOnce(['', '2']);
    await expect(service.find('a')).resolves.toEqual({ id: 'a', text: '', version: 2 });
  });

  it('names the key and the arguments of its script, and an absent version with an empty one', async () => {
    redis.run.mockResolvedValueOnce(1);
    await expect(service.save('a', 'x')).resolves.toEqual({ id: 'a', text: 'x', version: 1 });
    expect(redis.run).toHaveBeenLastCalledWith(expect.objectContaining({ name: 'example-name.save' }), {
      keys: { entry: 'holdfast:default:example-name:{a}:entry' },
      args: { text: 'x', expectedVersion: '', ttlMs: 86_400_000 },
    });
  });

  it('refuses a change of another version', async () => {
    redis.run.mockResolvedValueOnce(0);
    await expect(service.save('a', 'x', 0)).rejects.toMatchObject({ code: 'EXAMPLE_NAME_CHANGED' });
  });
});
