import type { EpochLog } from '@graft/train';

/** What a run tells while it goes on, as far as the dashboard shows it. Every event of a fine-tuning run is one. */
export type LiveEvent =
  /** One sentence about what happens now. */
  | { readonly type: 'status'; readonly message: string }
  /** One sentence that the user should know. */
  | { readonly type: 'warning'; readonly message: string }
  /** `reading images`: 12 of 40. */
  | { readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  /** Bytes of a file that is downloaded. */
  | { readonly type: 'download'; readonly what: string; readonly done: number; readonly total: number | undefined }
  /** A phase of training begins. */
  | { readonly type: 'phase'; readonly phase: string }
  /** An epoch of a phase has ended. */
  | { readonly type: 'epoch'; readonly phase: string; readonly log: EpochLog };
