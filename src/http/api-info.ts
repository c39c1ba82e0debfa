/** What all documents about this API say of it. */
export const API_INFO = {
  title: 'Holdfast',
  description:
    'One authoritative state for every replica: sessions, rate limits, cache. Errors are RFC 9457 problems.',
  version: '1',
};
