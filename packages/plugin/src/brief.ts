/** Characters of a quoted text that a message shows: its beginning and its end. */
const [first, last] = [200, 60];

/**
 * Shortens long texts in double quotes to their beginning and end. They are names from files and arguments, which may have any length, and a message is for
 * people.
 */
export const brief = (message: string): string =>
  message.length <= first
    ? message
    : message
        .split(/(?<!\\)"/)
        .map((part, i) => (i % 2 && part.length > first + last ? `${part.slice(0, first)}…${part.slice(-last)}` : part))
        .join('"');
