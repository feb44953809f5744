// Images decoded and changed in a browser: no sharp. The files are those that sharp decodes to what is expected here.
import { browserDecoder, createBrowserDecoder, imagenet, resize } from '@graft/augment';
import { arrayDataset, decoded, imageBatch, Loader, onInput } from '@graft/data';
import { Random } from '@graft/tensor';

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** 48×16, the left half red and the right one blue, stored so that EXIF (6) turns it by a quarter: red is above. */
const jpeg = bytesOf(
  '/9j/4QC8RXhpZgAASUkqAAgAAAAGABIBAwABAAAABgAAABoBBQABAAAAVgAAABsBBQABAAAAXgAAACgBAwABAAAAAgAAABMCAwABAAAAAQAAAGmHBAABAAAAZgAAAAAAAAA4YwAA6AMAADhjAADoAwAABgAAkAcABAAAADAyMTABkQcABAAAAAECAwAAoAcABAAAADAxMDABoAMAAQAAAP//AAACoAQAAQAAADAAAAADoAQAAQAAABAAAAAAAAAA/+IB8ElDQ19QUk9GSUxFAAEBAAAB4GxjbXMEIAAAbW50clJHQiBYWVogB+IAAwAUAAkADgAdYWNzcE1TRlQAAAAAc2F3c2N0cmwAAAAAAAAAAAAAAAAAAPbWAAEAAAAA0y1oYW5keem/Vlo+AbaDI4VVRvdPqgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKZGVzYwAAAPwAAAAkY3BydAAAASAAAAAid3RwdAAAAUQAAAAUY2hhZAAAAVgAAAAsclhZWgAAAYQAAAAUZ1hZWgAAAZgAAAAUYlhZWgAAAawAAAAUclRSQwAAAcAAAAAgZ1RSQwAAAcAAAAAgYlRSQwAAAcAAAAAgbWx1YwAAAAAAAAABAAAADGVuVVMAAAAIAAAAHABzAFIARwBCbWx1YwAAAAAAAAABAAAADGVuVVMAAAAGAAAAHABDAEMAMAAAWFlaIAAAAAAAAPbWAAEAAAAA0y1zZjMyAAAAAAABDD8AAAXd///zJgAAB5AAAP2S///7of///aIAAAPcAADAcVhZWiAAAAAAAABvoAAAOPIAAAOPWFlaIAAAAAAAAGKWAAC3iQAAGNpYWVogAAAAAAAAJKAAAA+FAAC2xHBhcmEAAAAAAAMAAAACZmkAAPKnAAANWQAAE9AAAApb/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/9sAQwECAgICAgIFAwMFCgcGBwoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK/8AAEQgAEAAwAwERAAIRAQMRAf/EABUAAQEAAAAAAAAAAAAAAAAAAAAI/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABcBAQEBAQAAAAAAAAAAAAAAAAAKCAn/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCL2U3fwABIaqhNeAArxKupQAASGqoTXgAP/9k=',
);
/** Red, nothing, and half of blue. */
const png = bytesOf(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAYAAAAb4BS0AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEklEQVQImWP4z8DwnwEM/jcAABd2A36JYv3xAAAAAElFTkSuQmCC',
);

const checks = {};
const near = (found, expected) => expected.every((value, i) => Math.abs(found[i] - value) <= 6);
const at = ({ data, width, channels }, x, y) =>
  Array.from(data.slice((y * width + x) * channels, (y * width + x + 1) * channels));
const refusal = (work) =>
  work.then(
    () => '',
    (error) => error.message,
  );

const upright = await browserDecoder.decode(jpeg);
checks.orientation =
  upright.width === 16 &&
  upright.height === 48 &&
  near(at(upright, 8, 4), [255, 0, 0]) &&
  near(at(upright, 8, 44), [0, 0, 255]);
const onWhite = await browserDecoder.decode(png);
checks.alpha = near(onWhite.data, [255, 0, 0, 255, 255, 255, 127, 127, 255]) && onWhite.channels === 3;
checks.background = near(
  (await browserDecoder.decode(png, { background: [0, 0, 0] })).data,
  [255, 0, 0, 0, 0, 0, 0, 0, 128],
);
const grey = await browserDecoder.decode(png, { channels: 1 });
checks.grey = grey.channels === 1 && grey.data.length === 3 && near(grey.data, [76, 255, 142]);
const small = await browserDecoder.decode(jpeg, { shortestSide: 8 });
checks.shortestSide = small.width === 8 && small.height === 24;
checks.pixels = (await refusal(createBrowserDecoder({ maxPixels: 700 }).decode(jpeg, { name: 'a.jpg' }))).startsWith(
  '"a.jpg" has more than 700 pixels.',
);
checks.broken = /^The image is a broken image \(.+\)\. Repair or remove it\.$/.test(
  await refusal(browserDecoder.decode(png.slice(0, 50))),
);
checks.text = (await refusal(browserDecoder.decode(new TextEncoder().encode('not an image, but a text')))).includes(
  'known format',
);
checks.path = (await refusal(browserDecoder.decode('a.jpg'))).includes('reads only bytes');
const again = await browserDecoder.decode(await browserDecoder.encode(onWhite, { type: 'png' }));
checks.encode = again.data.join() === onWhite.data.join();

// A large image is scaled without sharp, and a preset makes batches of files, the same each time.
const large = { data: new Uint8Array(400 * 300 * 3).fill(90), width: 400, height: 300, channels: 3 };
const scaled = await resize({ size: 100 })(large, new Random(0));
checks.scale = scaled.width === 100 && near(at(scaled, 50, 50), [90, 90, 90]);
const preset = imagenet({ size: 32 });
const files = arrayDataset([
  { input: jpeg, label: 0 },
  { input: png, label: 1 },
]);
const batch = async () => {
  const loader = new Loader(decoded(files, browserDecoder, preset.decode), {
    batchSize: 2,
    seed: 3,
    transform: onInput(preset.training),
    collate: imageBatch(preset.normalization),
    strict: true,
  });
  for await (const one of loader) return one;
};
const [first, second] = [await batch(), await batch()];
checks.preset =
  first.shape.join() === '2,3,32,32' &&
  first.inputs.join() === second.inputs.join() &&
  first.inputs.every(Number.isFinite);

const failed = Object.keys(checks).filter((name) => !checks[name]);
document.querySelector('#answer').textContent = JSON.stringify({
  accuracy: 1 - failed.length / Object.keys(checks).length,
  checks: Object.keys(checks).length,
  failed,
});
