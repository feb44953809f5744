/** A value of a pickle in messages. Lists are not shown: they may contain themselves. */
export const showValue = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
    : value === null
      ? 'None'
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : `a ${Array.isArray(value) ? 'list' : value instanceof Map ? 'dict' : 'value of another type'}`;
