import { contractFaults, declaredScripts, fragmentFaults, inventoryFaults, textOf } from './lua-contracts.js';
import { plant, project } from './project.js';

const SOUND = `-- Frees a lease that is the caller's own.
-- KEYS: lease
-- ARGV: token, ttlMs
-- Reply: 1 freed | 0 it was another's
local lease, token = KEYS[1], ARGV[1]
if redis.call('GET', lease) ~= 'L' .. token then
  return 0
end
return redis.call('PEXPIRE', lease, ARGV[2])
`;
const DECLARED = { name: 'planted.free', keys: ['lease'], args: ['token', 'ttlMs'] };

describe('the contracts of the scripts', () => {
  it('are kept by every script', async () => {
    const scripts = await declaredScripts(project);
    expect(scripts.length).toBeGreaterThan(0);
    expect(inventoryFaults(project, scripts)).toEqual([]);
    const faults = scripts.flatMap((script) => contractFaults(script, textOf(project, script.file)));
    expect(faults).toEqual([]);
    const fragments = new Set(scripts.flatMap((script) => script.fragments));
    expect(fragments.size).toBeGreaterThan(0);
    expect([...fragments].flatMap((file) => fragmentFaults(file, textOf(project, file)))).toEqual([]);
  });

  it('are kept by a sound script, also one that takes a list and one with long lines', () => {
    expect(contractFaults(DECLARED, SOUND)).toEqual([]);
    const list = SOUND.replace('return 0', 'redis.call("DEL", unpack(ARGV, 3))');
    expect(contractFaults(DECLARED, list)).toEqual([]);
    expect(contractFaults(DECLARED, SOUND.replace('token, ttlMs', 'token,\n--   ttlMs'))).toEqual([]);
  });

  const HEAD = 'does not begin with its purpose, KEYS, ARGV and Reply';
  it.each([
    ['a head without a purpose', "-- Frees a lease that is the caller's own.\n", '', HEAD],
    ['a head without a reply', /-- Reply.*\n/, '', HEAD],
    ['a head in another order', /(-- KEYS.*\n)(-- ARGV.*\n)/, '$2$1', HEAD],
    ['another name', 'KEYS: lease', 'KEYS: lock', 'says KEYS: lock, and is declared with: lease'],
    [
      'names in another order',
      'token, ttlMs',
      'ttlMs, token',
      'says ARGV: ttlMs, token, and is declared with: token, ttlMs',
    ],
    ['a key too many', 'return 0', "return redis.call('DEL', KEYS[2])", 'uses KEYS[2] and declares 1'],
    ['an argument too many', 'return 0', 'return ARGV[3]', 'uses ARGV[3] and declares 2'],
    ['an argument in vain', 'ARGV[2]', '1000', 'declares 2 ARGV and uses 1'],
    ['a key of its own making', 'return 0', "redis.call('DEL', KEYS[1] .. ':x')", 'puts a key together'],
    ['the same by another name', 'return 0', "redis.call('DEL', lease .. ':x')", 'puts a key together'],
    ['the same the other way round', 'return 0', "redis.call('DEL', 'x:' .. token)", 'puts a key together'],
    ['more than 60 lines', 'return 0', `return 0${'\n'.repeat(60)}`, 'has 69 lines, more than 60'],
  ])('are broken by %s', (_what, from, to, fault) => {
    expect(contractFaults(DECLARED, SOUND.replace(from, to))).toEqual([`planted.free ${fault}`]);
  });

  it('are broken by the replica’s clock', () => {
    const declared = { ...DECLARED, args: ['token', 'nowMs'] };
    expect(contractFaults(declared, SOUND.replace('ttlMs', 'nowMs'))).toEqual([
      'planted.free takes the time as "nowMs": ask Redis TIME',
    ]);
  });

  it('are broken by a fragment that takes what nobody handed to it', () => {
    const fragment = '-- Drops a key.\nlocal function drop(key)\n  redis.call("DEL", key)\nend\n';
    expect(fragmentFaults('lua/x.lua', fragment)).toEqual([]);
    expect(fragmentFaults('lua/x.lua', fragment.replace('key)', 'KEYS[1])').slice(1))).toEqual([
      'lua/x.lua does not begin with its purpose',
      'lua/x.lua uses KEYS or ARGV',
    ]);
    expect(fragmentFaults('lua/x.lua', `${fragment}${'--\n'.repeat(60)}`)).toEqual([
      'lua/x.lua has 64 lines, more than 60',
    ]);
  });

  it('are broken by a file that nothing loads, and by names that are taken or not at home', () => {
    const copy = plant({ 'src/planted/lua/free.lua': SOUND, 'src/planted/lua/orphan.lua': SOUND });
    const free = { ...DECLARED, fragments: [], file: 'src/planted/lua/free.lua', lua: SOUND };
    expect(inventoryFaults(copy, [free, free, { ...free, name: 'other.free', lua: '' }])).toEqual([
      'src/planted/lua/orphan.lua is declared by no script',
      'planted.free is declared twice',
      'other.free is not named after a folder of src/planted/lua/free.lua',
      'other.free was not read from src/planted/lua/free.lua',
    ]);
  });
});
