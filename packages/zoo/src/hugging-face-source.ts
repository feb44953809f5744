import { download } from './download.ts';
import type { ModelSource } from './model-source.ts';

/**
 * Files on the Hugging Face Hub, `hf:owner/repository@revision/path`; the revision is optional. `HF_ENDPOINT` sets a mirror, and `HF_TOKEN` gives access to private files.
 * If both are set, the mirror receives the token.
 */
export const huggingFaceSource: ModelSource = {
  name: 'hf',
  remote: true,
  fetch: (url, context) => {
    const [, repository, revision = 'main', path] =
      /^hf:([\w.-]+\/[\w.-]+)(?:@([\w.-]+))?\/([^\\\0?#]+)$/.exec(url) ?? [];
    if (
      !repository ||
      !path ||
      [...repository.split('/'), ...path.split('/')].some((part) => part === '' || /^\.+$/.test(part))
    )
      throw new Error(
        `${JSON.stringify(url)} is not the address of a file on the Hugging Face Hub. Use hf:owner/repository@revision/folder/model.onnx.`,
      );
    const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = environment();
    return download(
      `${(endpoint || 'https://huggingface.co').replace(/\/+$/, '')}/${repository}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`,
      { ...context, ...(token && { token }) },
    );
  },
};

const environment = (): Record<string, string | undefined> =>
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
