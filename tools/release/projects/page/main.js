// The library in a browser: `File` objects in, a run in the origin private file system out, read back and used.
import { fineTuneImages, pipeline } from '@graft/graft';

const answer = document.querySelector('#answer');
try {
  const model = await (await fetch('model.onnx')).blob();
  const names = await (await fetch('digits.json')).json();
  const files = await Promise.all(
    names.map(async (name) => new File([await (await fetch(`digits/${name}`)).blob()], name)),
  );
  const { scores, files: written } = await fineTuneImages(model, files, {
    size: 48,
    mean: [0.5],
    std: [0.5],
    epochs: 8,
    out: 'runs/digits',
  });
  const predict = await pipeline('runs/digits');
  const predictions = await Promise.all(files.slice(0, 3).map((file) => predict(file)));
  const failed = ['model.onnx', 'report.html', 'model-card.md', 'summary.json'].filter(
    (file) => !written.includes(file),
  );
  answer.textContent = JSON.stringify({
    accuracy: scores.accuracy,
    predictions: predictions.map(({ text }) => text),
    failed,
  });
} catch (error) {
  answer.textContent = JSON.stringify({ accuracy: 0, failed: [String(error.stack ?? error)] });
}
