const IN_FLIGHT = 64;

/** Does so many things, 64 of them at a time. */
export async function inFlight(count, work) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
