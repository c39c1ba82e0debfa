// Who is on the boards of the scenario, and with which scores, in every arm.

/** 15 bytes, or 36 as a UUID has. */
const NAMES = {
  short: (index) => `member:${String(index).padStart(8, '0')}`,
  uuid: (index) => `9f1b6c3e-7a52-4d08-8e4f-${index.toString(16).padStart(12, '0')}`,
};

/** @param {'short' | 'uuid'} ids @returns {(index: number) => string} */
export const memberNames = (ids) => NAMES[ids];

/** Scatters 0, 1, 2 and so on over 32 bits. It is odd, so that no two are given the same score. */
const SCATTER = 2_654_435_761;

/** The score with which a member is loaded. */
export const scoreOf = (index) => Math.imul(index, SCATTER) >>> 0;

/** The members' indices, the best first. */
export function rankingOf(members) {
  return Uint32Array.from({ length: members }, (_, index) => index).sort((a, b) => scoreOf(b) - scoreOf(a));
}
