import { visible } from '@graft/report';

/** Prints a result to stdout. Control characters are written out, because names and texts come from files of strangers. */
export const writeOut = (text: string): void => console.log(visible(text));

/** Prints a message to stderr, likewise. */
export const writeError = (text: string): void => console.error(visible(text));
