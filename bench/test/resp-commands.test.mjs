import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RespCommandReader } from '../harness/resp-commands.mjs';

const encode = (...parts) =>
  `*${parts.length}\r\n${parts.map((p) => `$${Buffer.byteLength(p)}\r\n${p}\r\n`).join('')}`;
const stream = Buffer.from(
  encode('GET', 'a') + encode('EVALSHA', 'ff', '1', 'k\r\n*1\r\n') + encode('incr', 'ø'),
);

test('reads every command, whatever its arguments hold', () => {
  assert.deepEqual(new RespCommandReader().read(stream), ['get', 'evalsha', 'incr']);
});

test('reads commands that come in pieces of any size', () => {
  for (let size = 1; size < stream.length; size += 1) {
    const reader = new RespCommandReader();
    const names = [];
    for (let at = 0; at < stream.length; at += size)
      names.push(...reader.read(stream.subarray(at, at + size)));
    assert.deepEqual(names, ['get', 'evalsha', 'incr']);
  }
});
