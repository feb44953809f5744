import type { ModelSource, SourceContext } from './model-source.ts';

/** Files on web servers. */
export const httpsSource: ModelSource = {
  name: 'https',
  fetch: async (url, context) => {
    const response = await fetch(url).catch((error: Error) => {
      throw new Error(`Could not reach ${url} (${reason(error)}). Check the network, or download the file and give its path.`, { cause: error });
    });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status} ${response.statusText}. Check the address, or download the file and give its path.`);
    if (new URL(response.url || url).protocol !== 'https:') throw new Error(`${url} leads to ${response.url}, which is not https. Download the file and give its path.`);
    return collect(response.body, Number(response.headers.get('content-length')) || undefined, url, context);
  },
};

async function collect(body: ReadableStream<Uint8Array>, length: number | undefined, url: string, { bytes, progress }: SourceContext): Promise<Uint8Array> {
  const total = bytes ?? length;
  const chunks: Uint8Array[] = [];
  let done = 0;
  const reader = body.getReader();
  for (;;) {
    const { value, done: end } = await reader.read().catch((error: Error) => {
      throw new Error(`The download of ${url} broke off after ${done} bytes (${reason(error)}). Try again.`, { cause: error });
    });
    if (end) break;
    done += value.length;
    if (bytes !== undefined && done > bytes) {
      await reader.cancel();
      throw new Error(`${url} is longer than the ${bytes} bytes that the model card says. The file there is another one: do not use it.`);
    }
    chunks.push(value);
    progress?.(done, total);
  }
  const result = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

/** Where fetch hides why it failed. */
const reason = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);
