export interface TestRequest {
  /** A string goes as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what the wire carries
  readonly body: any;
}

/** A request over HTTP, answered within ten seconds. */
export async function send(url: string, method: string, options: TestRequest = {}): Promise<TestAnswer> {
  const { body, headers = {} } = options;
  const json = body !== undefined && typeof body !== 'string';
  const response = await fetch(url, {
    method,
    headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    body: json ? JSON.stringify(body) : body,
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: type.includes('json') && text !== '' ? JSON.parse(text) : text,
  };
}
