import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { diagnose, type Diagnosis } from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { workFolder } from '../../../tools/testing/work-folder.ts';
import { createGraft } from './node/index.ts';

const folder = workFolder();
const network = smallNetwork({ side: 16 });
const processor = JSON.stringify({
  do_normalize: true,
  do_rescale: true,
  image_mean: [0.5, 0.4, 0.3],
  image_std: [0.2, 0.2, 0.1],
  rescale_factor: 1 / 255,
  size: { height: 224, width: 224 },
});
const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
});
afterAll(() => app.dispose());
const inputOf = async (model: string): Promise<Diagnosis['input']> => (await diagnose({ model }, { app })).input;
const described =
  'RGB images of 16×16, (x / 255 − [0.5, 0.4, 0.3]) / [0.2, 0.2, 0.1] (from preprocessor_config.json); the whole image scaled (bilinear)';

describe('a folder as transformers and Optimum write it', () => {
  test('the model, and how images are prepared for it', async () => {
    put('vit/model.onnx', network);
    put('vit/preprocessor_config.json', processor);
    expect(await inputOf(join(folder, 'vit'))).toBe(described);
  });
  test('a model in its folder "onnx", with the configuration above', async () => {
    put('js/onnx/model.onnx', network);
    put('js/onnx/model_quantized.onnx', network);
    put('js/preprocessor_config.json', processor);
    expect(await inputOf(join(folder, 'js'))).toBe(described);
    expect(await inputOf(join(folder, 'js/onnx/model_quantized.onnx'))).toBe(described);
  });
  test('the statistics of timm, and values that are not scaled', async () => {
    put('timm/net.onnx', network);
    put('timm/config.json', JSON.stringify({ pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } }));
    expect(await inputOf(join(folder, 'timm'))).toContain('/ [0.25, 0.25, 0.25] (from config.json)');
    put('raw/net.onnx', network);
    put('raw/preprocessor_config.json', JSON.stringify({ do_rescale: false, do_normalize: false }));
    expect(await inputOf(join(folder, 'raw'))).toContain('values from 0 to 255 (from preprocessor_config.json)');
  });
  test('folders without a model, or with several, are refused', async () => {
    put('none/config.json', '{}');
    await expect(inputOf(join(folder, 'none'))).rejects.toThrow(/contains no ONNX file\. Export one: optimum-cli/);
    put('two/a.onnx', network);
    put('two/b.onnx', network);
    await expect(inputOf(join(folder, 'two'))).rejects.toThrow(
      /contains several ONNX files: a\.onnx, b\.onnx\. Give the path of one\./,
    );
    put('bad/net.onnx', network);
    put('bad/preprocessor_config.json', '<html>');
    await expect(inputOf(join(folder, 'bad'))).resolves.toBeUndefined();
    expect((await diagnose({ model: join(folder, 'bad') }, { app })).obstacle).toMatch(
      /has a preprocessor_config\.json next to it that is not JSON/,
    );
  });
});

test.each(['hf:', 'hf:gpt2', 'hf:/gpt2'])('%s is not a repository', async (model) => {
  await expect(inputOf(model)).rejects.toThrow(
    `"${model}" is not a repository of the Hugging Face Hub. Use hf:owner/repository.`,
  );
});

describe('a folder from a stranger', () => {
  const obstacleOf = async (name: string, content: string, file = 'preprocessor_config.json') => {
    put(`${name}/model.onnx`, network);
    put(`${name}/${file}`, content);
    return (await diagnose({ model: join(folder, name) }, { app })).obstacle;
  };
  test.each([
    ['{"image_mean":[0.5],"image_std":[0]}', /"image_std" must be a list of 1 to 4 numbers above 0, got \[0\]/],
    ['{"image_mean":[0.5],"image_std":[-1]}', /"image_std" must be/],
    ['{"image_mean":["a"],"image_std":[1]}', /"image_mean" must be a list of 1 to 4 numbers, got \["a"\]/],
    ['{"image_mean":[1e308],"image_std":[1]}', /"image_mean" must be/],
    ['{"image_mean":[0.5,0.5],"image_std":[1,1,1]}', /"image_std" must be as long as "image_mean"/],
    ['{"rescale_factor":0}', /"rescale_factor" must be a number from 0\.000001 to 1000000, got 0/],
    ['{"rescale_factor":1e-320}', /"rescale_factor" must be/],
    ['{"size":{"height":1e9,"width":1e9}}', /"size" must be integers from 1 to 16384/],
    ['{"crop_size":0.5}', /"crop_size" must be/],
    [`{"image_mean":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, /"image_mean" must be .*, got (\[{60}…|a value)/],
    ['[]', /next to it that is not an object/],
    ['null', /next to it that is not an object/],
    [`{"a":"${'a'.repeat(2 ** 20)}"}`, /with more than 1 MiB/],
  ])('%.60s is refused', async (content, why) => {
    expect(await obstacleOf('hostile', content)).toMatch(why);
  });
  test('statistics of timm that cannot be', async () => {
    expect(await obstacleOf('hostile-timm', '{"pretrained_cfg":{"std":[0]}}', 'config.json')).toMatch(
      /"pretrained_cfg" must be an object whose "std" is a list of 1 to 4 numbers above 0/,
    );
  });
  test('a configuration that links out of the folder', async () => {
    put('secret.json', processor);
    put('linked/model.onnx', network);
    symlinkSync('../secret.json', join(folder, 'linked/preprocessor_config.json'));
    expect((await diagnose({ model: join(folder, 'linked') }, { app })).obstacle).toMatch(
      /is a link out of its folder/,
    );
  });
  test('the cache of huggingface_hub, which links to its blobs', async () => {
    const snapshot = `models--me--vit/snapshots/${'0'.repeat(40)}`;
    put(`${snapshot}/model.onnx`, network);
    put('models--me--vit/blobs/abc', processor);
    symlinkSync('../../blobs/abc', join(folder, snapshot, 'preprocessor_config.json'));
    expect(await inputOf(join(folder, snapshot))).toBe(described);
  });
});

describe('a repository on the hub', () => {
  let server: Server;
  const files: Record<string, string | Uint8Array> = {
    '/me/vit/resolve/main/onnx/model.onnx': network,
    '/me/vit/resolve/main/preprocessor_config.json': processor,
    '/me/old/resolve/v2/model.onnx': network,
    '/me/old/resolve/v2/preprocessor_config.json': processor,
  };
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      const content = files[url];
      response.statusCode = content === undefined ? 404 : 200;
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  test.each(['hf:me/vit', 'hf:me/vit/onnx/model.onnx', 'hf:me/old@v2', 'hf:me/old@v2/model.onnx'])(
    '%s, with its configuration',
    async (model) => expect(await inputOf(model)).toBe(described),
  );
  test('a repository without a model says where it was looked for', async () => {
    await expect(inputOf('hf:me/none')).rejects.toThrow(/me\/none\/resolve\/main\/model\.onnx responded with 404/);
  });
});
