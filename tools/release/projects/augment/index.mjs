import { resize } from '@graft/augment';
import { sharpDecoder } from '@graft/augment/node';
import { Random } from '@graft/tensor';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADklEQVQImWNgaGD4zwAABAQBgNTRFEUAAAAASUVORK5CYII=',
  'base64',
);
const { width, height } = await resize({ size: 48 })(await sharpDecoder.decode(png), new Random(0));
if (width !== 48 || height !== 48) throw new Error(`${width}×${height}`);
