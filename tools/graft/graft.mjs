// @ts-check
// `npm run graft -- <args>`: the graft command from this checkout.
import { runBuilt } from './run-built.mjs';

runBuilt('apps/graft/dist/main.js');
