import { StateStoreUnavailableError } from '../../redis/index.js';
import { LoaderUnavailableError } from '../cache.errors.js';
import { LoadBreaker, type SharedBreaker } from './load-breaker.js';

/** What the fleet knows, without Redis. */
class Fleet implements SharedBreaker {
  open = false;
  answer = 0;
  isAway = false;
  trips = 0;
  probes = 0;

  trip = () => this.tell(() => ((this.open = true), (this.trips += 1)));
  close = () => this.tell(() => (this.open = false));
  isOpen = () => this.tell(() => this.open);
  probe = () => this.tell(() => ((this.probes += 1), this.open ? this.answer : -1));

  // oxlint-disable-next-line typescript/no-explicit-any -- what each of them says
  private tell(say: () => any): Promise<any> {
    return this.isAway ? Promise.reject(new StateStoreUnavailableError()) : Promise.resolve(say());
  }
}

const fail = () => Promise.reject(new Error('the source fails'));
const work = () => Promise.resolve('value');

async function failing(breaker: LoadBreaker, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await expect(breaker.run(fail, false)).rejects.toThrow('the source fails');
}

/** A breaker that has opened, and whose next probe is due. */
async function due(fleet: Fleet): Promise<LoadBreaker> {
  const breaker = new LoadBreaker(fleet);
  await failing(breaker, 3);
  jest.setSystemTime(Date.now() + 1000);
  jest.advanceTimersByTime(1000);
  return breaker;
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('a breaker', () => {
  it('opens after three failures in a row, for the fleet', async () => {
    const fleet = new Fleet();
    const breaker = new LoadBreaker(fleet);
    await failing(breaker, 2);
    await breaker.run(work, false);
    await failing(breaker, 2);
    expect([breaker.isOpen, fleet.open]).toEqual([false, false]);
    await failing(breaker, 1);
    expect([breaker.isOpen, fleet.open]).toEqual([true, true]);
    expect(await breaker.permit()).toBe('refused');
    await expect(breaker.run(work, false)).rejects.toThrow(LoaderUnavailableError);
    expect(breaker.retryAfterMs).toBeGreaterThan(0);
  });

  it('takes one error for one failure, however many keys were to be loaded', async () => {
    const fleet = new Fleet();
    const breaker = new LoadBreaker(fleet);
    const error = new Error('the source fails');
    const load = () => Promise.reject(error);
    await Promise.allSettled([1, 2, 3, 4].map(() => breaker.run(load, false)));
    await failing(breaker, 1);
    expect(breaker.isOpen).toBe(false);
    await failing(breaker, 1);
    expect(breaker.isOpen).toBe(true);
  });

  it('does not take an answer that says no for a failure', async () => {
    const breaker = new LoadBreaker(new Fleet());
    const no = () => Promise.reject(Object.assign(new Error('no such row'), { status: 404 }));
    for (let i = 0; i < 10; i += 1) await expect(breaker.run(no, false)).rejects.toThrow('no such row');
    expect(breaker.isOpen).toBe(false);
  });

  it('lets one probe through when it is its turn, and closes for the fleet when that is well', async () => {
    const fleet = new Fleet();
    const breaker = await due(fleet);
    const permits = await Promise.all([breaker.permit(), breaker.permit(), breaker.permit()]);
    expect(permits).toEqual(['probe', 'refused', 'refused']);
    expect(fleet.probes).toBe(1);
    expect(await breaker.run(work, true)).toBe('value');
    expect([breaker.isOpen, fleet.open]).toEqual([false, false]);
    expect(await breaker.permit()).toBe('load');
  });

  it('stays open when the probe fails, and asks again a second later', async () => {
    const fleet = new Fleet();
    const breaker = await due(fleet);
    expect(await breaker.permit()).toBe('probe');
    await expect(breaker.run(fail, true)).rejects.toThrow('the source fails');
    expect(fleet.trips).toBe(2);
    expect(await breaker.permit()).toBe('refused');
    jest.advanceTimersByTime(1000);
    expect(await breaker.permit()).toBe('probe');
  });

  it('is refused while another process probes', async () => {
    const fleet = new Fleet();
    const breaker = await due(fleet);
    fleet.answer = 400;
    expect(await breaker.permit()).toBe('refused');
    jest.advanceTimersByTime(400);
    fleet.answer = 0;
    expect(await breaker.permit()).toBe('probe');
  });

  it('opens and closes with those of other processes', async () => {
    const fleet = new Fleet();
    const breaker = new LoadBreaker(fleet);
    fleet.open = true;
    await breaker.look();
    expect([breaker.isOpen, await breaker.permit()]).toEqual([true, 'refused']);
    fleet.open = false;
    await breaker.look();
    expect([breaker.isOpen, await breaker.permit()]).toEqual([false, 'load']);
    const opened = await due(fleet);
    fleet.open = false;
    await opened.look();
    expect([opened.isOpen, await opened.permit()]).toEqual([false, 'load']);
  });

  it('probes by itself while Redis is away', async () => {
    const fleet = new Fleet();
    fleet.isAway = true;
    const breaker = await due(fleet);
    expect(await breaker.permit()).toBe('probe');
    expect(await breaker.permit()).toBe('refused');
    expect(await breaker.run(work, true)).toBe('value');
    expect(breaker.isOpen).toBe(false);
  });
});
