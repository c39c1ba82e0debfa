import { Agent, createServer, request } from 'node:http';

/**
 * A round-robin load balancer over HTTP, in a few lines. It names the client in X-Forwarded-For: the address that
 * the request claims in `x-demo-client`, so that one machine can play many clients.
 *
 * @param {string[]} targets base URLs of the replicas
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 */
export async function startBalancer(targets) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const target = targets[(turn += 1) % targets.length];
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': incoming.headers['x-demo-client'] ?? '192.0.2.1',
    };
    const forwarded = request(
      target + incoming.url,
      { method: incoming.method, headers, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    incoming.pipe(forwarded);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
