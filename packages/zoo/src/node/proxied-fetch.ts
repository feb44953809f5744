/**
 * The `fetch` for this machine: through the proxy that HTTPS_PROXY or HTTP_PROXY names, NO_PROXY left out. Undefined where none is named, and the global one will do.
 */
export async function proxiedFetch(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<typeof globalThis.fetch | undefined> {
  const named = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpsProxy, httpProxy, noProxy] = [named('HTTPS_PROXY'), named('HTTP_PROXY'), named('NO_PROXY')];
  if (!httpsProxy && !httpProxy) return undefined;
  const { EnvHttpProxyAgent, fetch } = await import('undici'); // Node's own fetch knows of no proxy
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpsProxy && { httpsProxy }),
    ...(httpProxy && { httpProxy }),
    noProxy: noProxy ?? '',
  });
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as never;
}
