import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('returns the first truthy value, of a plain or an async condition', async () => {
    let calls = 0;
    const value: string = await waitFor(() => (++calls >= 8 ? 'there' : undefined), { what: 'the value' });
    expect(value).toBe('there');
    expect(calls).toBe(8);
    await expect(waitFor(async () => 7, { what: 'seven' })).resolves.toBe(7);
  });

  it('takes an error for "not yet"', async () => {
    let calls = 0;
    const condition = (): true => {
      if (++calls < 4) throw new Error('still starting');
      return true;
    };
    await expect(waitFor(condition, { what: 'the start' })).resolves.toBe(true);
  });

  it('says what it waited for, and the last value', async () => {
    const failure = await waitFor((): boolean => false, { what: 'the lock to expire', timeoutMs: 40 }).catch(
      (error: Error) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toMatch(
      /^Waited 40 ms for the lock to expire, in vain: the last value was false \(\d+ attempts\)$/,
    );
    expect((failure as Error).stack).toContain('wait-for.spec');
  });

  it('says the last error, and keeps it as the cause', async () => {
    const cause = new TypeError('no such thing');
    const wait = waitFor(() => Promise.reject(cause), { what: 'a thing', timeoutMs: 40 });
    await expect(wait).rejects.toMatchObject({
      message: expect.stringContaining('the last error was TypeError: no such thing'),
      cause,
    });
  });

  it('is not held up by an attempt that never settles', async () => {
    await expect(waitFor(() => new Promise(() => {}), { what: 'never', timeoutMs: 40 })).rejects.toThrow(
      'Waited 40 ms for never, in vain: no attempt finished',
    );
  });

  it('waits in real time under fake timers', async () => {
    jest.useFakeTimers();
    try {
      const startedAt = process.hrtime.bigint();
      let calls = 0;
      await waitFor(() => ++calls > 10, { what: 'ten calls' });
      await expect(waitFor(() => 0, { what: 'nothing', timeoutMs: 30 })).rejects.toThrow('30 ms');
      expect(process.hrtime.bigint()).toBe(startedAt);
    } finally {
      jest.useRealTimers();
    }
  });
});
