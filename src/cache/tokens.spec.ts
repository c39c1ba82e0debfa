import { TOKEN_BYTES } from './frame.js';
import { Tokens } from './tokens.js';

describe('tokens', () => {
  it('are 12 characters of ASCII, none like another', () => {
    const [one, other] = [new Tokens(), new Tokens()];
    const tokens = Array.from({ length: 10_000 }, () => [one.next(), other.next()]).flat();
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{12}$/);
    expect(tokens[0]).toHaveLength(TOKEN_BYTES);
  });

  it('begin anew when all counts are used', () => {
    const tokens = new Tokens();
    const first = tokens.next();
    Object.assign(tokens, { count: 2 ** 24 - 1 });
    const last = tokens.next();
    expect(last.slice(0, 8)).toBe(first.slice(0, 8));
    expect(last.slice(8)).toBe('____');
    const next = tokens.next();
    expect(next.slice(0, 8)).not.toBe(first.slice(0, 8));
    expect(next.slice(8)).toBe('AAAA');
  });
});
