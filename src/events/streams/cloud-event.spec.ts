import { ValidationFailedError } from '../../errors/index.js';
import { checkCloudEvent } from './cloud-event.js';

const EVENT = { specversion: '1.0', id: '1', source: '/orders', type: 'order.placed' };

function faultsOf(event: unknown): string[] {
  try {
    checkCloudEvent(event);
    return [];
  } catch (error) {
    return (error as ValidationFailedError).faults.map(({ path }) => path);
  }
}

describe('a CloudEvent', () => {
  it.each([
    {},
    { time: '2026-02-28T23:59:60.123456789+14:00' },
    { time: '2024-02-29t00:00:00z' },
    { datacontenttype: 'application/json; charset="utf-8"', data: { a: 1 } },
    { dataschema: 'https://example.com/order#v1', subject: 'order 5 – ü' },
    { source: 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66' },
    { source: 'mailto:a@example.com' },
    { source: '?a#b' },
    { data: null },
    { data: [] },
    { data_base64: 'AAE=' },
    { data_base64: '' },
    { partitionkey: 'k', sequence: '5', sampledrate: 30, flag: false, empty: '', low: -(2 ** 31) },
    { averyverylongnameofanextension: 'discouraged and not forbidden' },
  ])('may have %j', (attributes) => {
    const event = { ...EVENT, ...attributes };
    expect(checkCloudEvent(event)).toEqual(event);
  });

  it('is without what is null, but for its data', () => {
    const event = { ...EVENT, subject: null, time: null, other: null, data: null };
    expect(checkCloudEvent(event)).toEqual({ ...EVENT, data: null });
    expect(faultsOf({ ...EVENT, id: null })).toEqual(['id']);
  });

  it.each([
    [{ specversion: '0.3' }, 'specversion'],
    [{ specversion: 1 }, 'specversion'],
    [{ id: '' }, 'id'],
    [{ id: 5 }, 'id'],
    [{ id: 'a\r\nb' }, 'id'],
    [{ id: undefined }, 'id'],
    [{ source: '' }, 'source'],
    [{ source: 'with space' }, 'source'],
    [{ source: 'ü' }, 'source'],
    [{ source: '%zz' }, 'source'],
    [{ source: 'a#b#c' }, 'source'],
    [{ source: '1a:b' }, 'source'],
    [{ source: ':b' }, 'source'],
    [{ type: '' }, 'type'],
    [{ type: 'a\nb' }, 'type'],
    [{ type: 'a\u0085b' }, 'type'],
    [{ type: '\ud800' }, 'type'],
    [{ type: '\ufffe' }, 'type'],
    [{ time: '2026-02-30T00:00:00Z' }, 'time'],
    [{ time: '2026-01-01' }, 'time'],
    [{ time: '2026-01-01T24:00:00Z' }, 'time'],
    [{ time: '2026-01-01T00:00:00' }, 'time'],
    [{ time: 1_700_000_000_000 }, 'time'],
    [{ datacontenttype: 'json' }, 'datacontenttype'],
    [{ datacontenttype: 'a/b; c' }, 'datacontenttype'],
    [{ dataschema: '/relative' }, 'dataschema'],
    [{ dataschema: 'https://a b' }, 'dataschema'],
    [{ subject: '' }, 'subject'],
    [{ partitionkey: '' }, 'partitionkey'],
    [{ partitionkey: 5 }, 'partitionkey'],
    [{ Upper: 'x' }, 'Upper'],
    [{ with_score: 'x' }, 'with_score'],
    [{ '': 'x' }, ''],
    [{ toString: 'x' }, 'toString'],
    [{ object: {} }, 'object'],
    [{ float: 1.5 }, 'float'],
    [{ long: 2 ** 31 }, 'long'],
    [{ line: 'a\nb' }, 'line'],
    [{ data: 1, data_base64: 'AAE=' }, 'data_base64'],
    [{ data_base64: 'A' }, 'data_base64'],
    [{ data_base64: 5 }, 'data_base64'],
  ])('may not have %j', (attributes, path) => {
    expect(faultsOf({ ...EVENT, ...attributes })).toEqual([path]);
  });

  it.each([[null], ['x'], [5], [[]], [undefined]])('is not %j', (value) => {
    expect(faultsOf(value)).toEqual(['event']);
  });

  it('names all that is wrong', () => {
    expect(faultsOf({ specversion: '2' }).sort()).toEqual(['id', 'source', 'specversion', 'type']);
  });
});
