import { CommandDeadline, DeadlineExceededError } from './redis.deadline.js';

/** Holds the event loop up, as a garbage collection or a throttled container does. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('CommandDeadline', () => {
  it('rejects what is not answered in time, and tells of the silence once', async () => {
    let silences = 0;
    const deadline = new CommandDeadline(20, () => (silences += 1));
    const commands = [1, 2, 3].map(() => deadline.race(() => new Promise<never>(() => undefined)));
    const outcomes = await Promise.allSettled(commands);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(DeadlineExceededError) });
    }
    expect(silences).toBe(1);
  });

  it('does not call a server silent that answers others', async () => {
    let silences = 0;
    const deadline = new CommandDeadline(50, () => (silences += 1));
    const slow = deadline.race(() => new Promise<never>(() => undefined));
    const settled = slow.catch(() => 'overdue');
    await deadline.race(() => new Promise((resolve) => setTimeout(() => resolve('answer'), 10)));
    expect(await settled).toBe('overdue');
    expect(silences).toBe(0);
  });

  it('takes an answer that came while the event loop was held up', async () => {
    const { createServer, connect } = await import('node:net');
    const server = createServer((socket) => socket.write('answer')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const deadline = new CommandDeadline(30, () => undefined);
    const answer = deadline.race(
      () =>
        new Promise<string>((resolve) => {
          const socket = connect(port, '127.0.0.1');
          socket.on('data', (data) => {
            socket.destroy();
            resolve(String(data));
          });
          socket.once('connect', () => {
            // The server is in this process: let it write, then hold everything up beyond the deadline.
            setImmediate(() => setImmediate(() => block(60)));
          });
        }),
    );
    await expect(answer).resolves.toBe('answer');
    server.close();
  });

  it('gives each command its own deadline', async () => {
    const deadline = new CommandDeadline(40, () => undefined);
    const first = deadline.race(() => new Promise<never>(() => undefined)).catch(() => performance.now());
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = deadline.race(() => new Promise<never>(() => undefined)).catch(() => performance.now());
    expect(await second).toBeGreaterThan(await first);
  });

  it('of silence waits for as long as others are answered, and tells of each silence', async () => {
    let silences = 0;
    const deadline = new CommandDeadline(60, () => (silences += 1), true);
    const startedAt = performance.now();
    const slow = deadline.race(() => new Promise<never>(() => undefined)).catch(() => performance.now());
    for (let answer = 0; answer < 10; answer += 1) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      deadline.heard();
    }
    expect(silences).toBe(0);
    const lastAt = performance.now();
    expect((await slow) - startedAt).toBeGreaterThan(lastAt - startedAt + 50);
    expect(silences).toBe(1);
    deadline.heard();
    await deadline.race(() => new Promise<never>(() => undefined)).catch(() => 'overdue');
    expect(silences).toBe(2);
  });

  it('of silence does not count the time for which the event loop was held up', async () => {
    let silences = 0;
    const deadline = new CommandDeadline(100, () => (silences += 1), true);
    // It leaves at the end of the turn, and is answered soon.
    const answer = deadline.race(
      () => new Promise((resolve) => setImmediate(() => setTimeout(resolve, 5, 'answer'))),
    );
    for (const until = performance.now() + 250; performance.now() < until;);
    expect(await answer).toBe('answer');
    expect(silences).toBe(0);
  });

  it('of silence does not count the time before the turn’s end either, in which nothing has left', async () => {
    let silences = 0;
    const deadline = new CommandDeadline(100, () => (silences += 1), true);
    const answer = deadline.race(
      () => new Promise((resolve) => setImmediate(() => setTimeout(resolve, 40, 'answer'))),
    );
    for (const until = performance.now() + 90; performance.now() < until;);
    expect(await answer).toBe('answer');
    expect(silences).toBe(0);
  });

  it('passes a rejection on', async () => {
    const deadline = new CommandDeadline(40, () => undefined);
    await expect(deadline.race(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
