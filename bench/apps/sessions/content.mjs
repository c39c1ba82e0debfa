import { isDeepStrictEqual } from 'node:util';

// What every session of the scenario holds, in every arm.

/** How long a session lives after its last use, in every arm but the one in which every use must slide it. */
export const IDLE_MS = 1_800_000;

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/99.0';

/** Twelve characters. */
export const userName = (index) => `user-${String(index).padStart(7, '0')}`;

/** A session's content: its user, one role, two small fields of data, and a device with a User-Agent of 110 characters. */
export function contentOf(index) {
  return {
    userId: userName(index),
    roles: ['customer'],
    data: { theme: 'dark', locale: 'nb-NO' },
    device: { ip: `203.0.113.${index % 256}`, userAgent: USER_AGENT },
  };
}

/** What a route answers: who is logged in, and the data. */
export const answerOf = ({ userId, roles, data }) => ({ userId, roles, data });

/** The content, of a session that holds other things too. */
export const contentIn = ({ userId, roles, data, device }) => ({ userId, roles, data, device });

export const isContentOf = (index, session) => isDeepStrictEqual(contentIn(session), contentOf(index));
