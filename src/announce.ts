/** Says where the server is and what to try first. */
export function announce(url: string): void {
  const lines = [
    `Holdfast listens on ${url}`,
    `  docs   ${url}/docs`,
    `  try    curl -s -X POST ${url}/v1/sessions -H 'content-type: application/json' -d '{"userId":"ada"}'`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
