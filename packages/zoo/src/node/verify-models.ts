import { modelCard, type ModelCard } from '../model-card.ts';
import { findModel, hasModel, type OpenModelOptions } from './open-model.ts';

/** The result of verifying a model on this machine. */
export interface VerifiedModel {
  readonly card: ModelCard;
  /** Why the file does not match its card; undefined if it does. */
  readonly error?: string;
}

/** Verifies all model files on this machine against their cards, in the order of the cards. Removes corrupted files from the cache. */
export async function verifyModels(options: OpenModelOptions): Promise<VerifiedModel[]> {
  const verified: VerifiedModel[] = [];
  for (const card of options.app.all(modelCard))
    try {
      const cached = await hasModel(card, options);
      if (await findModel(card, options)) verified.push({ card });
      else if (cached)
        verified.push({
          card,
          error: `The cached file of "${card.name}" was corrupted and has been removed. Run graft models pull ${card.name} to download it again.`,
        });
    } catch (error) {
      verified.push({ card, error: (error as Error).message });
    }
  return verified;
}
