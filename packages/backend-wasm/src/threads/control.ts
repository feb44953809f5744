// The words through which threads communicate, at the start of their shared memory. Words written by several threads have their own cache lines.

/** Indices of 32-bit words. */
export const TICKET = 0; // the running job's number and its next part; see `ticketOf`
export const DONE = 16; // parts done
export const EVENTS = 32; // incremented when the caller should look
export const SLEEPERS = 48; // workers that wait for a job
export const COMMAND = 64; // incremented when workers should read their messages
// The job.
export const PARTS = 80;
export const STEP = 81; // units of a part
export const UNITS = 82;
export const EXPORT = 83; // index of the function
export const COUNT = 84; // number of its arguments
export const FAILED = 85; // parts that threw
export const ARGUMENTS = 96; // as doubles
/** Maximum number of arguments of a function, without the range of units. */
export const MOST_ARGUMENTS = 24;
/** The first worker's line, the second's, … */
export const WORKERS = ARGUMENTS + 2 * MOST_ARGUMENTS + 16 - ((2 * MOST_ARGUMENTS) % 16);
export const WORKER_WORDS = 16;
/** Words in a worker's line. */
export const STARTED = 0; // 1 once it listens
export const SCRATCH = 1; // its scratch: address, bytes
export const SCRATCH_BYTES = 2;
export const REQUEST = 3; // bytes of scratch that it requests, or 0
export const ANSWER = 4; // their address, or 0 if there is no memory
export const PROGRESS = 5; // parts started and finished

/** Maximum number of parts of a job: a ticket's low bits. A ticket with the part `CLOSED` is not available. */
export const PART_BITS = 10;
export const CLOSED = (1 << PART_BITS) - 1;
export const MOST_PARTS = CLOSED - 1;

export const controlBytes = (workers: number): number => (WORKERS + workers * WORKER_WORDS) * 4;
