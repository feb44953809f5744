// @ts-check
// `npm start`: the demo.
import { runBuilt } from './run-built.mjs';

runBuilt('apps/demo/dist/main.js');
