import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Fetches a package's archive with npm from the user's configured registry, without running its scripts.
 * @param spec name and exact version
 * @param cwd the folder whose npm configuration applies
 * @throws an error with npm's reason and a suggestion
 */
export async function npmPack(spec: string, cwd: string = process.cwd()): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-npm-'));
  try {
    const [command, ...before] = npmCommand();
    const { code, errors } = await run(
      command!,
      [...before, 'pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel', 'error'],
      cwd,
    );
    const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    if (code !== 0 || archive === undefined)
      throw new Error(
        `npm could not fetch the package ${spec} (${reasonIn(errors, code)}). Check the network and npm's configuration, or install it manually: npm install ${spec}`,
      );
    return new Uint8Array(await readFile(join(folder, archive)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command for npm. Runs npm's script with this Node if it is found, because Windows cannot start npm.cmd without a shell. */
function npmCommand(): string[] {
  const home = dirname(process.execPath);
  const scripts = [
    ...(process.env['npm_execpath']?.endsWith('npm-cli.js') ? [process.env['npm_execpath']] : []),
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = scripts.find((path) => existsSync(path));
  return script === undefined ? ['npm'] : [process.execPath, script];
}

function run(command: string, args: readonly string[], cwd: string): Promise<{ code: number; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 15 * 60_000,
      windowsHide: true,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors = (errors + chunk).slice(-20_000)));
    child.on('error', (error) =>
      reject(
        new Error(`npm could not be started (${error.message}). Install npm, or use the path of a model file.`, {
          cause: error,
        }),
      ),
    );
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, errors: signal ? `${errors}\nstopped by ${signal}` : errors }),
    );
  });
}

/** The first meaningful lines of npm's output, on one line. */
function reasonIn(errors: string, code: number): string {
  const lines = errors
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim())
    .filter(
      (line) => line !== '' && !line.startsWith('npm warn') && !/^A complete log|^\/.*debug-\d+\.log$/.test(line),
    );
  return lines.slice(0, 3).join('; ').slice(0, 500) || `exit status ${code}`;
}
