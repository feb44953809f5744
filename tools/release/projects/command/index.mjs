import { execFileSync } from 'node:child_process';

const graft = (...args) =>
  execFileSync(process.execPath, ['node_modules/@graft/cli/dist/main.js', ...args], { encoding: 'utf8' });
if (!graft('--help').includes('Fine-tune a pretrained network')) throw new Error(graft('--help'));
if (!graft('models', 'list').includes('ppocr-v4-rec')) throw new Error(graft('models', 'list'));
