import type { Project } from './project.js';

interface SourceRule {
  /** What is wrong about a match. */
  readonly says: string;
  readonly pattern: RegExp;
  /** Where it is right. */
  readonly except: RegExp;
}

const RULES: readonly SourceRule[] = [
  {
    says: 'spells Redis keys, which only *.keys.ts does',
    pattern: /\bkeyspace\s*\.of\(|\bnew RedisKeys\(|\bkeys\s*\.key\(|\bencodeId\(|\.keyPrefix\b/,
    except: /\.keys\.ts$|^src\/(?:redis|config)\//,
  },
  {
    says: 'declares a script, which only *.scripts.ts does',
    pattern: /\bdefineScript\(/,
    except: /\.scripts\.ts$|^src\/redis\//,
  },
  {
    says: 'sends a command by its name, past scripts and types',
    pattern:
      /\.(?:eval|evalsha|eval_ro|evalsha_ro|fcall|fcall_ro|defineCommand|sendCommand|callBuffer)\(|\.call\(\s*(['"`])\w+\1/,
    except: /^src\/redis\//,
  },
  {
    says: 'reads the environment, which only main.ts does: a setting is a property of Settings',
    pattern: /\bprocess\.env\b(?!\.PATH)/,
    except: /^src\/main\.ts$/,
  },
  {
    says: 'writes past the logger',
    pattern: /\bconsole\.\w+\(/,
    except: /^$/,
  },
];

/** A script's clock is Redis TIME: whoever runs scripts does not ask the replica's. */
const RUNS_SCRIPTS = /from '\.{1,2}\/[^']*\.scripts\.js'/;
const REPLICA_CLOCK = /\bDate\.now\(\)|\bnew Date\(\)/;

/** What the sources of the product do where it is not theirs to do, a sentence each. Unit specs are free. */
export function sourceFaults(project: Project): string[] {
  const files = project.files('src', '.ts').filter((file) => !file.endsWith('.spec.ts'));
  return files.flatMap((file) => {
    const code = withoutComments(project.read(file));
    const faults = RULES.filter(({ pattern, except }) => !except.test(file) && pattern.test(code)).map(
      ({ says }) => `${file} ${says}`,
    );
    const asksTheClock = RUNS_SCRIPTS.test(code) && REPLICA_CLOCK.test(code);
    return asksTheClock ? [...faults, `${file} runs scripts and reads the replica's clock`] : faults;
  });
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
