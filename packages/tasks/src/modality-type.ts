import { configurable, type Context } from '@graft/plugin';
import type { Modality, ModalityType } from './modality.ts';

/** A modality that configurations create by its name with the services of an app. @param kinds the kind of each option, as of `configurable` */
export const modalityType = <Options extends object>(
  name: string,
  create: (options: Options, context: Context) => unknown,
  kinds: Parameters<typeof configurable<Options, Modality>>[2],
): ModalityType =>
  configurable(
    name,
    (options: Options, context?: Context) => {
      if (!context)
        throw new Error(`The modality "${name}" needs an app. Create it with modality.create(options, app).`);
      return create(options, context) as Modality;
    },
    kinds,
  );
