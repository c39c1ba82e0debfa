import * as fc from 'fast-check';
import { restoreUserAgent, shortenUserAgent } from './user-agent.js';

const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
];

describe('a User-Agent as it is stored', () => {
  it.each(BROWSERS)('takes half of the room, and comes back: %s', (text) => {
    const short = shortenUserAgent(text);
    expect(short.length).toBeLessThan(text.length * 0.55);
    expect(restoreUserAgent(short)).toBe(text);
  });

  it('comes back whatever it holds', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x7f', '\x7f0', '\x7f-', '0', '-', 'Mozilla/5.0 (', ' Safari/537.36'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        expect(restoreUserAgent(shortenUserAgent(text))).toBe(text);
      }),
    );
  });
});
