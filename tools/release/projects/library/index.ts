import { fineTuneImages, pipeline } from '@graft/graft/node';

const { scores, best, storage } = await fineTuneImages('ppocr-cls', 'digits', { epochs: 8, out: 'run' });
const predict = await pipeline('run');
const { json, text } = await predict('digits/0/0.png');
console.log(
  JSON.stringify({ accuracy: scores['accuracy'], best, text, json, model: await storage.exists('model.onnx') }),
);
await predict.dispose();
