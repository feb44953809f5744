import { counted } from '@graft/report';
import { withArticle } from './with-article.ts';

/** Kinds of files in a message. */
const mostKinds = 6;
/** Extensions of pictures and of sounds that are often among examples, but that no decoder of Graft reads, and what to convert them to. */
const convertible: ReadonlyMap<string, string> = new Map(
  [
    [
      'JPEG or PNG',
      'bmp dib heic heif jp2 j2k jxl psd svg ico tga exr hdr pcx ppm pgm pbm raw cr2 cr3 nef arw dng orf rw2 pdf',
    ] as const,
    ['WAV', 'mp3 flac ogg oga opus m4a aac wma aif aiff au amr caf'] as const,
  ].flatMap(([to, kinds]) => kinds.split(' ').map((kind) => [kind, to] as const)),
);

/**
 * A warning about files in the folders of examples that are not examples, counted by kind; undefined if there are none. Files next to those folders, such as a licence, only count if they are pictures or sounds.
 * @param ignored paths relative to the data @param used number of examples
 */
export function leftOut(
  ignored: readonly string[],
  { used, noun: [one, many] }: { readonly used: number; readonly noun: readonly [one: string, many: string] },
): string | undefined {
  const kinds = new Map<string, number>();
  for (const path of ignored) {
    const kind = kindOf(path);
    if (/[/\\]/.test(path) || convertible.has(kind)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const count = [...kinds.values()].reduce((sum, some) => sum + some, 0);
  if (!count) return undefined;
  const sorted = [...kinds].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const said = sorted
    .slice(0, mostKinds)
    .map(([kind, some]) => `${some} ${kind ? `.${kind}` : 'without an extension'}`);
  const rest = count - sorted.slice(0, mostKinds).reduce((sum, [, some]) => sum + some, 0);
  const advice = [...new Set(convertible.values())].flatMap((to) => {
    const own = sorted.map(([kind]) => kind).filter((kind) => convertible.get(kind) === to);
    return own.length ? [`${own.map((kind) => `.${kind}`).join(', ')} to ${to}`] : [];
  });
  return `Left out ${count} of ${counted(count + used, 'file')}, which ${count === 1 ? `is not ${withArticle(one)}` : `are not ${many}`} in a known format: ${[...said, ...(rest ? [`${rest} others`] : [])].join(', ')}.${advice.length ? ` Convert ${advice.join(' and ')} to use ${count === 1 ? 'it' : 'them'}.` : ''}`;
}

/** The extension of a file in lower case, without its dot; empty if there is none, or if it is too long to be one. */
function kindOf(path: string): string {
  const name = path.split(/[/\\]/).at(-1)!;
  const dot = name.lastIndexOf('.');
  const kind = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  return /^[\w+-]{1,12}$/.test(kind) ? kind : '';
}
