// The words through which threads talk, at the start of their shared memory. Words that several threads write have a cache line each.

/** Indices of 32-bit words. */
export const TICKET = 0; // the running job's number and its next part; see `ticketOf`
export const DONE = 16; // parts done
export const EVENTS = 32; // goes up when the caller should look
export const SLEEPERS = 48; // workers that wait for a job
export const COMMAND = 64; // goes up when workers should read their messages
// The job.
export const PARTS = 80;
export const STEP = 81; // units of a part
export const UNITS = 82;
export const EXPORT = 83; // which function
export const COUNT = 84; // its arguments
export const FAILED = 85; // parts that threw
export const ARGUMENTS = 96; // as doubles
/** Arguments a function may have, without the two that say which units. */
export const MOST_ARGUMENTS = 24;
/** The first worker's line, the second's, … */
export const WORKERS = ARGUMENTS + 2 * MOST_ARGUMENTS + 16 - ((2 * MOST_ARGUMENTS) % 16);
export const WORKER_WORDS = 16;
/** Words in a worker's line. */
export const STARTED = 0; // 1 once it listens
export const SCRATCH = 1; // its scratch: address, bytes
export const SCRATCH_BYTES = 2;
export const REQUEST = 3; // bytes of scratch that it expects, or 0
export const ANSWER = 4; // where they are, or 0 where there are none
export const PROGRESS = 5; // parts begun and ended

/** Parts of one job: a ticket's low bits. A ticket whose part is `CLOSED` offers nothing. */
export const PART_BITS = 10;
export const CLOSED = (1 << PART_BITS) - 1;
export const MOST_PARTS = CLOSED - 1;

export const controlBytes = (workers: number): number => (WORKERS + workers * WORKER_WORDS) * 4;
