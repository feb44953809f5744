import type { FinetuneResult, RunContext } from '@graft/finetune';
import type { Storage } from '@graft/storage';
import type { Reporter } from './reporter.ts';

type Given = Pick<RunContext, 'events' | 'callbacks' | 'signal' | 'onPrepared'>;

/** Does a run that reports to the terminal. */
export async function withDashboard(
  _wanted: boolean | number | undefined,
  { listen, callbacks, signal }: Reporter,
  _storage: Storage,
  _title: string,
  work: (given: Given) => Promise<FinetuneResult>,
): Promise<FinetuneResult> {
  return work({ events: listen, callbacks, ...(signal && { signal }) });
}
