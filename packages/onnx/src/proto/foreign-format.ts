/** A file format that is not ONNX, and what to do about it. */
interface Format {
  readonly fits: (bytes: Uint8Array, name: string) => boolean;
  /** Continues a sentence about the file. */
  readonly says: string;
}

const starts =
  (text: string, at = 0) =>
  (bytes: Uint8Array): boolean =>
    bytes.length >= at + text.length &&
    Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0));
const startsIgnoringCase = (text: string) => (bytes: Uint8Array) => {
  const beginning = new TextDecoder('latin1')
    .decode(bytes.subarray(0, 256))
    .replace(/^\uFEFF|^ï»¿/, '')
    .trimStart();
  return beginning.toLowerCase().startsWith(text);
};
/** Whether a text is among the names in the head or the directory of an archive. */
const lists = (text: string) => (bytes: Uint8Array) =>
  starts('PK\x03\x04')(bytes) &&
  [bytes.subarray(0, 2 ** 16), bytes.subarray(-(2 ** 16))].some((part) =>
    new TextDecoder('latin1').decode(part).includes(text),
  );
const ends = (ending: string) => (_: Uint8Array, name: string) => name.toLowerCase().endsWith(ending);

const keras = 'Convert it in Python with Keras 3: keras.saving.load_model(path).export("model.onnx", format="onnx").';
const torch =
  'Convert it in Python: create the network, load the weights, and call torch.onnx.export(network, (example,), "model.onnx", dynamo=True).';

/** Checked in this order. */
const formats: readonly Format[] = [
  { fits: (bytes) => bytes.length === 0, says: 'is empty. Download it again.' },
  {
    fits: starts('version https://git-lfs'),
    says: 'is a Git LFS pointer, which stands for the model but does not contain it. Run "git lfs pull" in its repository, or download the file itself.',
  },
  {
    fits: (bytes) => startsIgnoringCase('<!doctype html')(bytes) || startsIgnoringCase('<html')(bytes),
    says: 'is a web page, such as an error or a page to log in, not a model. Download the file itself, for example from the address of its "download" link.',
  },
  {
    fits: starts('TFL3', 4),
    says: 'is a TensorFlow Lite model. Convert it in Python: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.',
  },
  { fits: starts('ORTM', 4), says: "is in onnxruntime's own format. Use the .onnx file that it was made from." },
  { fits: starts('\x89HDF\r\n\x1a\n'), says: `is an HDF5 file, as Keras 2 writes it (.h5). ${keras}` },
  { fits: lists('model.weights.h5'), says: `is a Keras model. ${keras}` },
  { fits: lists('data.pkl'), says: `is a PyTorch checkpoint, which has weights but no graph. ${torch}` },
  { fits: lists('Manifest.json'), says: 'is a Core ML package. Export the original network to ONNX instead.' },
  { fits: starts('PK\x03\x04'), says: 'is a ZIP archive. Unpack it, and use the .onnx file inside.' },
  {
    fits: (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5,
    says: `is a Python pickle, such as an old PyTorch checkpoint. ${torch}`,
  },
  { fits: (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b, says: 'is compressed with gzip. Unpack it first.' },
  {
    fits: (bytes) => bytes.length > 9 && bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0,
    says: `is a safetensors file, which has weights but no graph. ${torch}`,
  },
  {
    fits: startsIgnoringCase('<?xml'),
    says: 'is an XML file, such as an OpenVINO model. Use the .onnx file that it was made from.',
  },
  { fits: startsIgnoringCase('{'), says: 'is a JSON file, not a model.' },
  {
    fits: ends('.mlmodel'),
    says: 'is probably a Core ML model. Export the original network to ONNX instead.',
  },
  {
    fits: ends('.pb'),
    says: 'is probably a TensorFlow graph. Convert it in Python: python -m tf2onnx.convert --saved-model folder --output model.onnx.',
  },
];

/** Recognises files of other formats by their contents. @returns what to do, to continue a sentence about the file */
export const foreignFormat = (bytes: Uint8Array, name: string): string | undefined =>
  formats.find(({ fits }) => fits(bytes, name))?.says;
