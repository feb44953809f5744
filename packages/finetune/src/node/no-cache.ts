/** Options of jiti. By default it runs cached translations from the shared temporary folder, which other users may have written. */
export const noCache = { fsCache: false, moduleCache: true } as const;
