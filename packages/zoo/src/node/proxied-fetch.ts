/**
 * A `fetch` that uses the proxy in HTTPS_PROXY or HTTP_PROXY, except for hosts in NO_PROXY. Undefined if no proxy is set, because the global `fetch` is sufficient then.
 */
export async function proxiedFetch(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<typeof globalThis.fetch | undefined> {
  const named = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpsProxy, httpProxy, noProxy] = [named('HTTPS_PROXY'), named('HTTP_PROXY'), named('NO_PROXY')];
  if (!httpsProxy && !httpProxy) return undefined;
  const { EnvHttpProxyAgent, fetch } = await import('undici'); // Node's own fetch does not support proxies
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpsProxy && { httpsProxy }),
    ...(httpProxy && { httpProxy }),
    noProxy: noProxy ?? '',
  });
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as never;
}
