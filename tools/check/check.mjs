// @ts-check
// `npm run check`: all checks of this repository except the tests, run and cached by Nx. Arguments go to Nx: `npm run check -- --skip-nx-cache`.
import { runNx } from '../nx/nx.mjs';
import { steps } from './steps.mjs';

process.env['GRAFT_CHECK'] = 'true'; // tools/nx-plugin ends the run with a summary
runNx('run-many', `--targets=${Object.keys(steps).join()}`, ...process.argv.slice(2));
