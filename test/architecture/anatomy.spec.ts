import { anatomyFaults } from './anatomy.js';
import { plant, project } from './project.js';
import { sourceFaults } from './source-rules.js';

const MODULE = {
  'src/planted/index.ts': '',
  'src/planted/planted.module.ts': '',
  'src/planted/README.md': '',
};

describe('the anatomy of features', () => {
  it('is that of every folder', () => {
    expect(project.features().length).toBeGreaterThan(0);
    expect(anatomyFaults(project)).toEqual([]);
  });

  it('leaves room for slots, nouns and sub-folders', () => {
    const files = [
      'planted.keys.ts',
      'planted-store.module.ts',
      'planted.service.spec.ts',
      'request-key.ts',
      'lua/acquire.lua',
      'dto/planted.dto.ts',
      'decorators/with-planted.decorator.ts',
      'adapters/redis-planted.storage.ts',
      'counters/counters.service.ts',
      'counters/lua/increment.lua',
      'counters/README.md',
    ];
    const texts = Object.fromEntries(files.map((file) => [`src/planted/${file}`, '']));
    expect(anatomyFaults(plant({ ...MODULE, ...texts }))).toEqual([]);
  });

  it.each([
    ['src/planted/planted.provider.ts', 'src/planted/planted.provider.ts is no slot of the anatomy'],
    ['src/planted/other.service.ts', 'src/planted/other.service.ts: a slot bears the name of its feature'],
    ['src/planted/planted.dto.ts', 'src/planted/planted.dto.ts is no slot of the anatomy'],
    ['src/planted/Planted.ts', 'src/planted/Planted.ts is no slot of the anatomy'],
    ['src/planted/utils.ts', 'src/planted/utils.ts: the name says nothing'],
    ['src/planted/helpers/x.ts', 'src/planted/helpers/x.ts: "helpers" says nothing'],
    ['src/planted/lua/acquire.ts', 'src/planted/lua/acquire.ts is none of what stands in lua/'],
    ['src/planted/dto/planted.ts', 'src/planted/dto/planted.ts is none of what stands in dto/'],
    ['src/planted/dto/deep/planted.dto.ts', 'src/planted/dto/deep/planted.dto.ts: dto/ is flat'],
    [
      'src/planted/counters/index.ts',
      'src/planted/counters/index.ts: a feature has one index.ts, at its top',
    ],
    ['src/odd/odd.service.ts', 'src/odd is no feature, no shared folder and has no odd.module.ts'],
    ['src/config/rules.ts', 'src/config/index.ts is missing'],
  ])('has no place for %s', (file, fault) => {
    expect(anatomyFaults(plant({ ...MODULE, [file]: '' }))).toContain(fault);
  });

  it('asks every module for a README and an index', () => {
    expect(anatomyFaults(plant({ 'src/planted/planted.module.ts': '' }))).toEqual([
      'src/planted/index.ts is missing',
      'src/planted/README.md is missing',
    ]);
  });
});

describe('what only one place may do', () => {
  it('is done nowhere else', () => {
    expect(sourceFaults(project)).toEqual([]);
  });

  it.each([
    ["this.keyspace.of('planted')", 'spells Redis keys, which only *.keys.ts does'],
    ["this.keys.key(id, 'part')", 'spells Redis keys, which only *.keys.ts does'],
    ['`${settings.keyPrefix}:x`', 'spells Redis keys, which only *.keys.ts does'],
    ["defineScript({ name: 'a.b' })", 'declares a script, which only *.scripts.ts does'],
    ["redis.call('GET', key)", 'sends a command by its name, past scripts and types'],
    ["redis.eval('return 1', 0)", 'sends a command by its name, past scripts and types'],
    ["redis.evalsha('00', 0)", 'sends a command by its name, past scripts and types'],
    ["redis.defineCommand('x', {})", 'sends a command by its name, past scripts and types'],
    [
      'process.env.PORT',
      'reads the environment, which only main.ts does: a setting is a property of Settings',
    ],
    ["console.log('x')", 'writes past the logger'],
    [
      "import { a } from './x.scripts.js';\nconst now = Date.now();",
      "runs scripts and reads the replica's clock",
    ],
  ])('is reported: %s', (code, fault) => {
    const file = 'src/planted/planted.service.ts';
    expect(sourceFaults(plant({ [file]: `${code};\n` }))).toEqual([`${file} ${fault}`]);
  });

  it.each([
    ['src/planted/planted.keys.ts', "keyspace.of('planted')"],
    ['src/planted/planted.scripts.ts', "defineScript({ name: 'a.b' })"],
    ['src/planted/planted.service.ts', "redis.call('planted.get', (redis) => redis.get(key))"],
    ['src/planted/planted.service.ts', "/** redis.eval('x') */\n// console.log('x')"],
    ['src/planted/planted.service.spec.ts', 'process.env.PORT'],
  ])('is allowed in %s: %s', (file, code) => {
    expect(sourceFaults(plant({ [file]: `${code};\n` }))).toEqual([]);
  });
});
