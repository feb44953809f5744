import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { release } from 'node:os';
import { type JsonFile } from './json-file.ts';
import type { LibraryKind } from './find-library.ts';
import { selfTestSource } from './self-test-source.ts';

/** Milliseconds for the self-test: starting Node.js and loading a library from a slow disk. */
const PATIENCE = 60_000;

/**
 * Runs a product or a convolution of a library in a child process: a library that crashes, hangs or computes wrong numbers never
 * reaches this one. A pass is remembered until the file changes.
 * @returns the reason why the library cannot be used, or undefined if it can
 */
export async function checkLibrary(
  kind: LibraryKind,
  path: string,
  { koffi, passed }: { readonly koffi: string; readonly passed: JsonFile },
): Promise<string | undefined> {
  const identity = identityOf(path);
  if (passed.read()[`${kind} ${path}`] === identity) return undefined;
  const reason = await selfTest(kind, path, koffi);
  if (reason === undefined) passed.set(`${kind} ${path}`, identity);
  return reason;
}

/** What changes if another file is installed at the path, or another Node.js loads it. */
function identityOf(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${file ? `${file.size} bytes, ${file.mtimeMs}` : release()}, Node.js ${process.version}`;
}

function selfTest(kind: LibraryKind, path: string, koffi: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=commonjs', '--eval', selfTestSource, '--', koffi, kind, path],
      { timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: 2 ** 20, env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) => {
        const said = stdout.trim().split('\n').at(-1)!.slice(0, 200);
        if (!error && said === 'passed') resolve(undefined);
        else if (error?.killed) resolve(`its self-test did not end within ${PATIENCE / 1000} seconds`);
        else if (error?.signal) resolve(`its self-test crashed with ${error.signal}`);
        else resolve(`its self-test failed: ${said || lastError(stderr)}`);
      },
    );
  });
}

/** The message of the error that ended the child. */
const lastError = (stderr: string): string =>
  (/^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'it ended without a result').slice(0, 200);
