// @ts-check
import { buildWasm } from './build.mjs';

export default buildWasm;
