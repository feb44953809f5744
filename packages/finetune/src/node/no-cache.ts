/** Options of jiti: by default it runs translations that it finds in the shared temporary folder, where any user may have put them. */
export const noCache = { fsCache: false, moduleCache: true } as const;
