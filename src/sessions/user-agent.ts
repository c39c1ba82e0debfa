/** What almost every browser says of itself, longest first. Only ever appended to: stored texts name them by their place. */
const PHRASES = [
  ' AppleWebKit/537.36 (KHTML, like Gecko) Chrome/',
  ' AppleWebKit/605.1.15 (KHTML, like Gecko) Version/',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X ',
  'Mozilla/5.0 (iPhone; CPU iPhone OS ',
  'Mozilla/5.0 (Linux; Android ',
  'Mozilla/5.0 (',
  ' Safari/537.36',
] as const;

/** A character that no browser sends, and that JSON holds as it is. A text that has it anyhow says `MARK` and a dash. */
const MARK = '\x7f';

/** A User-Agent as it is stored: two bytes a known phrase, half of the whole. */
export function shortenUserAgent(text: string): string {
  return PHRASES.reduce<string>(
    (short, phrase, place) => short.replaceAll(phrase, `${MARK}${place}`),
    text.replaceAll(MARK, `${MARK}-`),
  );
}

/** The inverse of {@link shortenUserAgent}. */
export function restoreUserAgent(text: string): string {
  if (!text.includes(MARK)) return text;
  return text
    .split(MARK)
    .map((piece, place) => (place === 0 ? piece : (PHRASES[Number(piece[0])] ?? MARK) + piece.slice(1)))
    .join('');
}
