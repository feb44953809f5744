/**
 * The `fetch` for this machine: through the proxy that HTTPS_PROXY or HTTP_PROXY names, NO_PROXY left out. Undefined where none is named, and the global one will do.
 */
export async function proxiedFetch(environment: Readonly<Record<string, string | undefined>> = process.env): Promise<typeof globalThis.fetch | undefined> {
  if (!['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => environment[name])) return undefined;
  const { EnvHttpProxyAgent, fetch } = await import('undici'); // Node's own fetch knows of no proxy
  const dispatcher = new EnvHttpProxyAgent();
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as never;
}
