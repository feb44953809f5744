/** Something that matches one character, or nothing but may fail: an anchor or a lookaround. */
interface Atom {
  /** Matches a single character of its set; undefined if its set is unknown, which overlaps with every other. */
  readonly set: RegExp | undefined;
  readonly least: number;
  readonly most: number;
  /** The alternatives of a group that is repeated or optional, or of a lookaround, each a list of atoms. */
  readonly group?: readonly Path[];
}
/** One way through a pattern without its repetitions. */
type Path = readonly Atom[];

/** Repetitions up to this many do not count as long. */
const few = 8;
const mostPaths = 2000;
/** How many ways to choose the lengths of short repetitions a path may have. */
const mostChoices = 10_000;
const mostCharacters = 10_000;
const mostDepth = 50;

/** Characters of every kind, which decide whether two sets overlap. */
const samples = [
  ...Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code)),
  ...Array.from('ǅʰ\u0301\u0903\u20DDٱאあア中한ไ٣Ⅷ²‿–「」«»…€\u2028\u2029\u200B\u00AD\uE000😀𝒜𠀀\u3000।،۔،▁'),
];

/**
 * Why a regular expression of a tokenizer (Oniguruma's syntax) may take exponential or cubic time on some text, as the rest of a sentence; undefined if its time
 * is at most quadratic. It is, if no repetition contains another repetition or a choice, and no two neighbouring repetitions share characters, unless everything
 * after them can be left out: then the first way to match is the last one tried.
 */
export function whyBacktracking(source: string): string | undefined {
  if (source.length > mostCharacters) return `has more than ${mostCharacters} characters`;
  try {
    return whyOf(new Reader(source).read());
  } catch (error) {
    if (error instanceof TooComplex) return 'has too many alternatives';
    throw error;
  }
}

class TooComplex extends Error {}

const isLong = ({ least, most, group }: Atom): boolean =>
  (most > few && most > least) || (least < 1 && Boolean(group?.some((path) => path.some(isLong))));
const isOptional = ({ least, group }: Atom): boolean =>
  least === 0 || Boolean(group?.some((path) => path.every(isOptional)));
const overlaps = (a: Atom, b: Atom): boolean =>
  !a.set || !b.set || samples.some((one) => a.set!.test(one) && b.set!.test(one));

function whyOf(paths: readonly Path[]): string | undefined {
  for (const path of paths) {
    const choices = path.reduce((product, one) => product * (isLong(one) ? 1 : 1 + one.most - one.least), 1);
    if (choices > mostChoices) return 'has too many optional parts';
    for (const [i, atom] of path.entries()) {
      const inner = atom.group && whyOf(atom.group);
      if (inner) return inner;
      const mayFail = (from: number): boolean => path.slice(from).some((one) => !isOptional(one));
      if (atom.group && atom.most > 1 && isAmbiguous(atom.group) && mayFail(i + 1))
        return 'repeats a repetition or a choice, and may take exponential time';
      if (!isLong(atom)) continue;
      for (let j = i + 1; j < path.length; j++) {
        const next = path[j]!;
        if (isLong(next) && overlaps(atom, next) && mayFail(j + 1))
          return 'has two repetitions of the same characters in a row, and may take cubic time';
        if (!isOptional(next) && !overlaps(atom, next)) break;
      }
    }
  }
  return undefined;
}

/** Whether a text may match a group in several ways. */
const isAmbiguous = (group: readonly Path[]): boolean =>
  group.length > 1 || group.some((path) => path.some(({ least, most }) => least !== most));

/** Reads a pattern into its paths. It need not be valid: the engine checks that. */
class Reader {
  private readonly source: string;
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Reads alternatives up to a closing bracket or the end. */
  read(): Path[] {
    if (++this.depth > mostDepth) throw new TooComplex();
    const alternatives: Path[] = [];
    let paths: Path[] = [[]];
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++;
        alternatives.push(...paths);
        paths = [[]];
      } else paths = joined(paths, this.part());
    }
    alternatives.push(...paths);
    if (alternatives.length > mostPaths) throw new TooComplex();
    this.depth--;
    return alternatives;
  }

  /** Reads an atom or a group with its quantifiers, as the paths through it. */
  private part(): Path[] {
    let paths = this.source[this.at] === '(' ? this.group() : [[this.atom()]];
    for (;;) {
      const bounds = this.quantifier();
      if (!bounds) return paths;
      const [least, most] = bounds;
      const [only] = paths;
      const single = paths.length === 1 && only!.length === 1 ? only![0]! : undefined;
      if (single && !single.group && single.least === 1 && single.most === 1) paths = [[{ ...single, least, most }]];
      else paths = [[{ set: undefined, least, most, group: paths }]];
    }
  }

  private group(): Path[] {
    const [prefix] = /^\((\?(<?[=!]|<\w+>|[a-z-]*:|>))?/.exec(this.source.slice(this.at))!;
    this.at += prefix.length;
    const paths = this.read();
    this.at++; // the closing bracket
    // A lookaround matches no characters, but may fail.
    return /[=!]$/.test(prefix) ? [[{ set: undefined, least: 1, most: 1, group: paths }]] : paths;
  }

  private atom(): Atom {
    const start = this.at;
    const first = String.fromCodePoint(this.source.codePointAt(start)!);
    if (first === '[') this.skipClass();
    else if (first === '\\') {
      const escape = /^\\([pPxu]\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c.|[^])/u.exec(this.source.slice(start));
      this.at += escape?.[0].length ?? 1;
    } else this.at += first.length;
    const text = this.source.slice(start, this.at);
    return { set: /^[$^]$|^\\[bBAzZGhHwW1-9]$|&&|\[:/.test(text) ? undefined : setOf(text), least: 1, most: 1 };
  }

  private skipClass(): void {
    let open = 0;
    do {
      const char = this.source[this.at];
      if (char === '\\') this.at++;
      else if (char === '[') {
        open++;
        // A closing bracket at the start of a class is a character of it.
        if (this.source[this.at + 1] === '^') this.at++;
        if (this.source[this.at + 1] === ']') this.at++;
      } else if (char === ']') open--;
      this.at++;
    } while (open > 0 && this.at < this.source.length);
  }

  /** Bounds of a quantifier; lazy and possessive ones match in the same number of ways. */
  private quantifier(): readonly [least: number, most: number] | undefined {
    const found = /^(?:([*+?])[?+]?|\{(\d*)(,?)(\d*)\}\??)/.exec(this.source.slice(this.at));
    if (!found) return undefined;
    const [text, sign, low, comma, high] = found;
    if (sign === undefined && !low && !high) return undefined;
    this.at += text.length;
    if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity];
    const least = Number(low || 0);
    return [least, comma ? (high ? Number(high) : Infinity) : least];
  }
}

function joined(paths: readonly Path[], parts: readonly Path[]): Path[] {
  if (paths.length * parts.length > mostPaths) throw new TooComplex();
  return paths.flatMap((path) => parts.map((part) => [...path, ...part]));
}

/** The set of a single-character pattern; undefined if JavaScript cannot read it. */
function setOf(text: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    return undefined;
  }
}
