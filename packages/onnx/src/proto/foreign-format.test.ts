import { expect, test } from 'vitest';
import { readModel } from '../index.ts';
import { smallNetwork } from '../testing/index.ts';

const text = (value: string): Uint8Array => Uint8Array.from(value, (character) => character.charCodeAt(0));

test.each<[string, Uint8Array, RegExp, string?]>([
  ['nothing', new Uint8Array(), /^model\.onnx is not an ONNX model: it is empty\. Download it again\.$/],
  [
    'a Git LFS pointer',
    text(
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n',
    ),
    /^model\.onnx is not an ONNX model: it is a Git LFS pointer, .*"git lfs pull"/,
  ],
  [
    'a web page',
    text('\n<!DOCTYPE HTML><html><head><title>404</title>'),
    /^model\.onnx is not an ONNX model: it is a web page/,
  ],
  ['TensorFlow Lite', text('\x1c\0\0\0TFL3\x14\0\x20\0'), /TensorFlow Lite model\. .*tf2onnx\.convert --tflite/],
  ['onnxruntime', text('\x30\0\0\0ORTM\0\0\0\0'), /onnxruntime's own format/],
  [
    'Keras 2',
    text('\x89HDF\r\n\x1a\n\0\0\0\0'),
    /HDF5 file, as Keras 2 writes it .*export\("model\.onnx", format="onnx"\)/,
  ],
  ['Keras 3', text('PK\x03\x04\x14\0metadata.jsonPK\x03\x04model.weights.h5'), /is a Keras model\./],
  ['PyTorch', text('PK\x03\x04\0\0archive/data.pkl'), /is a PyTorch checkpoint, .*torch\.onnx\.export/],
  ['an archive', text('PK\x03\x04\x14\0model.onnx'), /is a ZIP archive\. Unpack it/],
  [
    'a pickle',
    text('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
    /is a Python pickle, such as an old PyTorch checkpoint/,
  ],
  ['gzip', text('\x1f\x8b\x08\0'), /is compressed with gzip/],
  ['safetensors', text('\x40\0\0\0\0\0\0\0{"a":{"dtype"'), /is a safetensors file, which has weights but no graph/],
  ['XML', text('<?xml version="1.0"?><net>'), /is an XML file, such as an OpenVINO model/],
  ['JSON', text('{"error":"not found"}'), /is a JSON file, not a model/],
  ['Core ML', text('\x08\x01\x12\x02hi\xff'), /it is probably a Core ML model/, 'model.mlmodel'],
  ['TensorFlow', text('\x0a\x04node\xff'), /probably a TensorFlow graph.*--saved-model/, 'saved_model.pb'],
])('%s is recognised, and the message says what to do', (_, model, sentence, name = 'model.onnx') => {
  expect(() => readModel({ name, model })).toThrow(sentence);
});

test('an ONNX file is read whatever its name', () => {
  expect(readModel({ name: 'model.pb', model: smallNetwork() }).nodes.length).toBeGreaterThan(1);
});
