import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where pip looks for packages. */
export interface PipConfiguration {
  /** Addresses of package indexes, the main one first. */
  readonly indexes: readonly string[];
  /** Folders with wheels. */
  readonly folders: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;
const maxBytes = 2 ** 20;

/**
 * Reads the user's pip configuration: the variables PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS and PIP_NO_INDEX, then the files that pip reads, the most specific one
 * first. Nothing is configured by default.
 */
export async function pipConfiguration(environment: Environment = process.env): Promise<PipConfiguration> {
  const settings = new Map<string, string>();
  for (const file of configurationFiles(environment))
    for (const [key, value] of settingsIn(await contentOf(file))) settings.set(key, value);
  const setting = (name: string): string =>
    environment[`PIP_${name.toUpperCase().replaceAll('-', '_')}`] ?? settings.get(name) ?? '';
  const words = (name: string): string[] => setting(name).split(/\s+/).filter(Boolean);
  const isOff = /^(1|true|yes|on)$/i.test(setting('no-index'));
  return {
    indexes: isOff ? [] : [...words('index-url').slice(0, 1), ...words('extra-index-url')],
    folders: words('find-links').filter((link) => !/^https?:/i.test(link)),
  };
}

/** The files that pip reads; later ones take precedence. */
function configurationFiles(environment: Environment): string[] {
  const { PIP_CONFIG_FILE: own, XDG_CONFIG_DIRS, XDG_CONFIG_HOME, APPDATA, PROGRAMDATA, VIRTUAL_ENV } = environment;
  if (own === '/dev/null' || own === 'nul') return [];
  const home = environment['HOME'] ?? homedir();
  const files =
    process.platform === 'win32'
      ? [
          ...(PROGRAMDATA ? [join(PROGRAMDATA, 'pip', 'pip.ini')] : []),
          join(home, 'pip', 'pip.ini'),
          ...(APPDATA ? [join(APPDATA, 'pip', 'pip.ini')] : []),
          ...(VIRTUAL_ENV ? [join(VIRTUAL_ENV, 'pip.ini')] : []),
        ]
      : [
          ...(XDG_CONFIG_DIRS || '/etc/xdg').split(':').map((folder) => join(folder, 'pip', 'pip.conf')),
          '/Library/Application Support/pip/pip.conf',
          '/etc/pip.conf',
          join(home, '.pip', 'pip.conf'),
          join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
          join(XDG_CONFIG_HOME || join(home, '.config'), 'pip', 'pip.conf'),
          ...(VIRTUAL_ENV ? [join(VIRTUAL_ENV, 'pip.conf')] : []),
        ];
  return own ? [...files, own] : files;
}

async function contentOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > maxBytes) return '';
  return readFile(file, 'utf8').catch(() => '');
}

/** The settings of the sections that apply to downloads. A value goes on in indented lines. */
function settingsIn(content: string): Map<string, string> {
  const sections: Record<string, Map<string, string>> = { global: new Map(), install: new Map(), download: new Map() };
  let [section, key] = ['', ''];
  for (const line of content.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[(.*)\]\s*$/.exec(line);
    const entry = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    const settings = Object.hasOwn(sections, section) ? sections[section] : undefined;
    if (header) [section, key] = [header[1]!.trim(), ''];
    else if (/^\s/.test(line) && key) settings?.set(key, `${settings.get(key)} ${line.trim()}`);
    else if (entry) {
      key = entry[1]!.toLowerCase().replaceAll('_', '-');
      settings?.set(key, entry[2]!.trim());
    }
  }
  return new Map([...sections['global']!, ...sections['install']!, ...sections['download']!]);
}
