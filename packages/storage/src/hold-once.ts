/** Creates a lock within one process. @param location the name of the storage in messages */
export function holdOnce(location: string): () => Promise<() => Promise<void>> {
  let held = false;
  return async () => {
    if (held) throw new Error(`Another run is using ${location}. Wait until it ends, or use another folder.`);
    held = true;
    return async () => void (held = false);
  };
}
