import autocannon from 'autocannon';
import { LIMIT } from './fleet.mjs';

const json = { 'content-type': 'application/json' };

/** A client address for each number, so that no limit stands in the way of a load. */
const client = (number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

async function login(url, body) {
  const answer = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(body),
  });
  return (await answer.json()).token;
}

async function statuses(urls, token) {
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/v1/sessions/current`, { headers: { 'session-token': token } });
      await answer.text();
      return answer.status;
    }),
  );
}

/** A session made on A is valid on all replicas, and ended on one it is dead on all. */
export async function sessionFacts(urls) {
  const token = await login(urls[0], { userId: 'demo-user' });
  const alive = await statuses(urls, token);
  await fetch(`${urls[1]}/v1/users/demo-user/sessions`, { method: 'DELETE' });
  return { alive, dead: await statuses(urls, token) };
}

/** Of many concurrent requests of one client, over all replicas, exactly the limit passes. */
export async function limitFacts(balancer, requests) {
  const one = async () => {
    const answer = await fetch(`${balancer}/v1/catalog/products?limit=1`, {
      headers: { 'x-demo-client': '203.0.113.9' },
    });
    await answer.text();
    return answer.status;
  };
  const answers = await Promise.all(Array.from({ length: requests }, one));
  const count = (status) => answers.filter((each) => each === status).length;
  return { requests, limit: LIMIT, passed: count(200), refused: count(429) };
}

/** How long after the answer to a write on A any replica still serves the old product. */
export async function staleFacts(urls, productId, rounds) {
  const token = await login(urls[0], { userId: 'demo-editor', roles: ['editor'] });
  let latestMs = 0;
  let staleReads = 0;
  let reads = 0;
  for (let round = 0; round < rounds; round += 1) {
    const title = `Round ${round} ${Math.random()}`;
    const state = { writtenAt: Infinity, stop: false };
    const readers = urls.map(async (url, replica) => {
      for (let turn = 0; !state.stop; turn += 1) {
        const sentAt = performance.now();
        const headers = { 'x-forwarded-for': client(1_000_000 + round * 4000 + replica * 1000 + turn) };
        const product = await (await fetch(`${url}/v1/catalog/products/${productId}`, { headers })).json();
        if (sentAt < state.writtenAt) continue;
        reads += 1;
        if (product.title !== title) {
          staleReads += 1;
          latestMs = Math.max(latestMs, performance.now() - state.writtenAt);
        }
      }
    });
    await patchTitle(urls[0], productId, token, title, round);
    state.writtenAt = performance.now();
    await new Promise((done) => setTimeout(done, 20));
    state.stop = true;
    await Promise.all(readers);
  }
  return { rounds, reads, staleReads, latestMs };
}

async function patchTitle(url, productId, token, title, round) {
  const answer = await fetch(`${url}/v1/catalog/products/${productId}`, {
    method: 'PATCH',
    headers: { ...json, 'session-token': token, 'x-forwarded-for': client(2_000_000 + round) },
    body: JSON.stringify({ title }),
  });
  if (!answer.ok) throw new Error(`the write failed: ${answer.status} ${await answer.text()}`);
}

/** A bounded load on a few products through the balancer: what it costs the database, and how long it takes. */
export async function loadFacts(urls, balancer, productIds, requests) {
  const before = await databaseStatements(urls);
  let number = 0;
  const result = await autocannon({
    url: balancer,
    connections: 16,
    amount: requests,
    requests: [
      {
        method: 'GET',
        setupRequest: (request) => ({
          ...request,
          path: `/v1/catalog/products/${productIds[number % productIds.length]}`,
          headers: { 'x-demo-client': client((number += 1)) },
        }),
      },
    ],
  });
  const queries = (await databaseStatements(urls)) - before;
  const { p50, p99 } = result.latency;
  const failed = result.non2xx + result.errors;
  return {
    requests,
    failed,
    queries,
    p50Ms: p50,
    p99Ms: p99,
    perSecond: Math.round(result.requests.average),
  };
}

async function databaseStatements(urls) {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  return texts.reduce(
    (sum, text) => sum + Number(/^holdfast_postgres_statements (\d+)/m.exec(text)?.[1] ?? 0),
    0,
  );
}

/** The ids of the first products of the catalog. */
export async function firstProducts(url, count) {
  const answer = await fetch(`${url}/v1/catalog/products?limit=${count}`, {
    headers: { 'x-forwarded-for': client(9) },
  });
  return (await answer.json()).items.map(({ id }) => id);
}
