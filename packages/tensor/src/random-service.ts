import { service, type Service } from '@graft/plugin';
import type { Random } from './random.ts';

/** The random numbers of a run: what is made for one forks its own stream, such as `context.use(randomService).fork('my-plugin')`. */
export const randomService: Service<Random> = service('random');
