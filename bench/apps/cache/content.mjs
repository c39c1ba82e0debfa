// What every cache of the scenario is asked for, in every arm.

export const TTL_MS = 3_600_000;

/** So many that no two of the 64 reads in flight are of one key. */
export const KEYS = 1000;

const TAGS_A_KEY = 8;
const TAGS_A_PLACE = 8;

export const keyOf = (index) => `product:${index}`;
export const idOf = (index) => String(1000 + index);

/** Eight of 64 tags. */
export const tagsOf = (index) =>
  Array.from({ length: TAGS_A_KEY }, (_, place) => `tag:${place}:${(index + place) % TAGS_A_PLACE}`);

/** All of one length. */
export const sizedKey = (size) => `sized:${String(size).padStart(6, '0')}`;

/** A value whose JSON is so many bytes long. */
export const sizedValue = (size) => ({ text: 'x'.repeat(size - '{"text":""}'.length) });
