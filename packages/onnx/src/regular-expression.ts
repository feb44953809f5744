import { showJson } from '@graft/plugin';

/** Maximum number of states of a compiled pattern, of nested groups, and of repetitions in one `{n}`, as in RE2. */
const [mostStates, deepest, mostRepeats] = [8192, 500, 1000];
/** Maximum number of states visited for one text. */
const mostVisits = 2 ** 24;

type Test = (point: number) => boolean;

/** A parsed pattern. */
type Part =
  | { readonly kind: 'one'; readonly test: Test }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most: number };

/** Whether a place in a text, given by its code points, is an edge. */
type Edge = (points: readonly number[], at: number) => boolean;

/** A state of the automaton: consumes a code point, requires an edge, or continues at one of several states. */
type State =
  | { readonly test: Test; readonly next: number }
  | { readonly edge: Edge; readonly next: number }
  | { readonly ways: number[] }
  | undefined; // the end

interface Flags {
  /** Ignores case. */
  readonly i: boolean;
  /** `^` and `$` match at line breaks. */
  readonly m: boolean;
  /** `.` matches line breaks. */
  readonly s: boolean;
}

const pointOf = (text: string): number => text.codePointAt(0)!;
const inRange =
  (from: string, to: string): Test =>
  (point) =>
    point >= pointOf(from) && point <= pointOf(to);
const oneOf =
  (...tests: readonly Test[]): Test =>
  (point) =>
    tests.some((test) => test(point));
const not =
  (test: Test): Test =>
  (point) =>
    !test(point);
const among = (text: string): Test => {
  const points = new Set(Array.from(text, pointOf));
  return (point) => points.has(point);
};

const [digit, lower, upper] = [inRange('0', '9'), inRange('a', 'z'), inRange('A', 'Z')];
const word = oneOf(digit, lower, upper, among('_'));
const perl: Readonly<Record<string, Test>> = {
  d: digit,
  s: among('\t\n\f\r '),
  w: word,
  D: not(digit),
  S: not(among('\t\n\f\r ')),
  W: not(word),
};
const posix: Readonly<Record<string, Test>> = {
  alnum: oneOf(digit, lower, upper),
  alpha: oneOf(lower, upper),
  ascii: inRange('\0', '\x7f'),
  blank: among('\t '),
  cntrl: oneOf(inRange('\0', '\x1f'), among('\x7f')),
  digit,
  graph: inRange('!', '~'),
  lower,
  print: inRange(' ', '~'),
  punct: oneOf(inRange('!', '/'), inRange(':', '@'), inRange('[', '`'), inRange('{', '~')),
  space: among('\t\n\v\f\r '),
  upper,
  word,
  xdigit: oneOf(digit, inRange('a', 'f'), inRange('A', 'F')),
};
const controls: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const atStart: Edge = (_, at) => at === 0;
const atEnd: Edge = (points, at) => at === points.length;
const atLineStart: Edge = (points, at) => at === 0 || points[at - 1] === 10;
const atLineEnd: Edge = (points, at) => at === points.length || points[at] === 10;
const atWord: Edge = (points, at) => (at > 0 && word(points[at - 1]!)) !== (at < points.length && word(points[at]!));
const edges: Readonly<Record<string, Edge>> = {
  A: atStart,
  z: atEnd,
  b: atWord,
  B: (points, at) => !atWord(points, at),
};

/** Also accepts the other case of a code point. */
const anyCase =
  (test: Test): Test =>
  (point) => {
    const text = String.fromCodePoint(point);
    return test(point) || test(pointOf(text.toLowerCase())) || test(pointOf(text.toUpperCase()));
  };

/** Reads a pattern from left to right. */
class Parser {
  readonly #pattern: string;
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false };

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#text = Array.from(pattern);
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#text.length) this.#fail('has a ")" without "("');
    return part;
  }

  #fail(problem: string): never {
    throw new Error(`its pattern ${showJson(this.#pattern, 80)} ${problem} at ${this.#at}.`);
  }

  #takes(text: string): boolean {
    const isNext = Array.from(text).every((one, i) => this.#text[this.#at + i] === one);
    if (isNext) this.#at += Array.from(text).length;
    return isNext;
  }

  /** Everything up to a text, which is skipped. */
  #until(end: string, problem: string): string {
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const at = this.#at;
      if (this.#takes(end)) return this.#text.slice(start, at).join('');
      this.#at++;
    }
    return this.#fail(problem);
  }

  #alternatives(): Part {
    if (++this.#depth > deepest) this.#fail(`nests groups more than ${deepest} deep`);
    const outer = this.#flags;
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    this.#flags = outer;
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'any', parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')')
      parts.push(...this.#repeated(this.#atom()));
    return { kind: 'all', parts };
  }

  /** Applies the repetitions after an atom, such as `*` or `{2,3}`. */
  #repeated(atoms: readonly Part[]): readonly Part[] {
    const last = atoms.at(-1);
    const range = this.#range();
    if (!range) return atoms;
    if (!last) this.#fail('repeats nothing');
    this.#takes('?'); // fewer first: the same texts match as a whole
    const repeated: Part = { kind: 'repeat', part: last!, least: range[0], most: range[1] };
    if (this.#range()) this.#fail('repeats a repetition');
    return [...atoms.slice(0, -1), repeated];
  }

  #range(): readonly [least: number, most: number] | undefined {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#takes('?')) return [0, 1];
    // Braces that are not a repetition stand for themselves.
    const [all, least, comma, most] =
      /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 24).join('')) ?? [];
    if (!all || (!comma && most)) return undefined;
    const range = [Number(least), comma ? (most ? Number(most) : Number.POSITIVE_INFINITY) : Number(least)] as const;
    if (range[0] > range[1] || range[0] > mostRepeats || (Number.isFinite(range[1]) && range[1] > mostRepeats))
      this.#fail(`repeats ${all}, but at most ${mostRepeats} in order are supported,`);
    this.#at += all.length;
    return range;
  }

  #one(test: Test): Part {
    return { kind: 'one', test: this.#flags.i ? anyCase(test) : test };
  }

  #atom(): readonly Part[] {
    const { m, s } = this.#flags;
    if (this.#takes('(')) return this.#group();
    if (this.#takes('[')) return [this.#one(this.#class())];
    if (this.#takes('.')) return [this.#one(s ? () => true : (point) => point !== 10)];
    if (this.#takes('^')) return [{ kind: 'edge', edge: m ? atLineStart : atStart }];
    if (this.#takes('$')) return [{ kind: 'edge', edge: m ? atLineEnd : atEnd }];
    if (this.#range()) this.#fail('repeats nothing');
    if (this.#takes('\\Q')) {
      const literal = this.#text.slice(this.#at).join('').includes('\\E')
        ? this.#until('\\E', '')
        : this.#text.slice(this.#at, (this.#at = this.#text.length)).join('');
      return Array.from(literal, (text) => this.#one(among(text)));
    }
    if (this.#takes('\\')) {
      const edge = edges[this.#text[this.#at] ?? ''];
      if (edge) this.#at++;
      return [edge ? { kind: 'edge', edge } : this.#one(this.#escape())];
    }
    return [this.#one(among(this.#text[this.#at++]!))];
  }

  #group(): readonly Part[] {
    const outer = this.#flags;
    if (
      this.#takes('?P<') ||
      (this.#text[this.#at + 2] !== '=' && this.#text[this.#at + 2] !== '!' && this.#takes('?<'))
    )
      this.#until('>', 'has a group whose name does not end');
    else if (this.#takes('?')) {
      const [all, on = '', off = '', end] =
        /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#text.slice(this.#at, this.#at + 16).join('')) ?? [];
      if (all === undefined) this.#fail('has a group of a kind that RE2 does not have');
      this.#at += all!.length;
      const isOn = (flag: keyof Flags): boolean => (on.includes(flag) || outer[flag]) && !off.includes(flag);
      this.#flags = { i: isOn('i'), m: isOn('m'), s: isOn('s') };
      if (end === ')') return []; // for the rest of the enclosing group
    }
    const part = this.#alternatives();
    this.#flags = outer;
    if (!this.#takes(')')) this.#fail('has a "(" without ")"');
    return [part];
  }

  /** What a backslash and the text after it stand for. */
  #escape(): Test {
    const letter = this.#text[this.#at++];
    if (letter === undefined) return this.#fail('ends in a backslash');
    if (perl[letter]) return perl[letter];
    if (controls[letter]) return among(controls[letter]);
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P');
    if (letter === 'x') {
      const digits = this.#takes('{')
        ? this.#until('}', 'has a code point that does not end')
        : this.#text.slice(this.#at, (this.#at += 2)).join('');
      const point = /^[\da-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.POSITIVE_INFINITY;
      if (point > 0x10_ff_ff) this.#fail(`has the impossible code point "${digits}"`);
      return (one) => one === point;
    }
    if (letter === '0') return among('\0');
    if (/[\da-zA-Z]/.test(letter)) this.#fail(`has the escape "\\${letter}", which is not supported`);
    return among(letter);
  }

  /** A Unicode category or script. */
  #property(isNegated: boolean): Test {
    const given = this.#takes('{')
      ? this.#until('}', 'has a property that does not end')
      : (this.#text[this.#at++] ?? '');
    const [name, isOther] = given.startsWith('^') ? [given.slice(1), true] : [given, false];
    let known: RegExp | undefined;
    if (/^\w{1,40}$/.test(name))
      for (const source of [`^\\p{${name}}$`, `^\\p{Script=${name}}$`])
        try {
          known ??= new RegExp(source, 'u');
        } catch {
          // Unknown under this name.
        }
    if (!known) return this.#fail(`has the unknown property "${given}"`);
    const pattern = known;
    const test: Test = (point) => pattern.test(String.fromCodePoint(point));
    return isNegated !== isOther ? not(test) : test;
  }

  #class(): Test {
    const isNegated = this.#takes('^');
    const tests: Test[] = [];
    for (let isFirst = true; isFirst || this.#text[this.#at] !== ']'; isFirst = false) {
      if (this.#at >= this.#text.length) this.#fail('has a "[" without "]"');
      const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.#at, this.#at + 16).join(''));
      if (named) {
        const test = posix[named[2]!] ?? this.#fail(`has the unknown class "${named[0]}"`);
        tests.push(named[1] ? not(test) : test);
        this.#at += named[0].length;
        continue;
      }
      const start = this.#at;
      const first = this.#takes('\\') ? this.#escape() : among(this.#text[this.#at++]!);
      const isClass = /^\\[dswDSWpP]/.test(this.#text.slice(start, start + 2).join(''));
      const isRange =
        !isClass &&
        this.#text[this.#at] === '-' &&
        this.#text[this.#at + 1] !== ']' &&
        this.#at + 1 < this.#text.length;
      if (!isRange) {
        tests.push(first);
        continue;
      }
      this.#at++;
      const middle = this.#at;
      if (this.#takes('\\')) this.#escape();
      else this.#at++;
      const [from, to] = [this.#endOf(start, middle - 1), this.#endOf(middle, this.#at)];
      if (from > to) this.#fail('has a range in the wrong order');
      tests.push((point) => point >= from && point <= to);
    }
    this.#at++;
    const own = oneOf(...tests);
    // The complement is of what matches in any case.
    return isNegated ? not(this.#flags.i ? anyCase(own) : own) : own;
  }

  /** The single code point that a part of the pattern stands for. */
  #endOf(from: number, to: number): number {
    const text = this.#text.slice(from, to).join('');
    if (!text.startsWith('\\')) return pointOf(text);
    const [, letter = '', hex] = /^\\([^])(?:\{?([\da-fA-F]+)\}?)?$/u.exec(text) ?? [];
    if (perl[letter] || letter === 'p' || letter === 'P' || !letter) this.#fail('has a range that ends in a class');
    return letter === 'x'
      ? Number.parseInt(hex ?? '', 16)
      : pointOf(letter === '0' ? '\0' : (controls[letter] ?? letter));
  }
}

/** Compiles a pattern to states; the first one is the end. */
class Compiler {
  readonly states: State[] = [undefined];
  #steps = 0;
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  #add(state: State): number {
    this.states.push(state);
    return this.states.length - 1;
  }

  /** The state at which a part starts, if the rest starts at another. */
  before(part: Part, next: number): number {
    if (++this.#steps > mostStates || this.states.length > mostStates)
      throw new Error(`its pattern ${showJson(this.#pattern, 80)} needs more than ${mostStates} states.`);
    switch (part.kind) {
      case 'one':
        return this.#add({ test: part.test, next });
      case 'edge':
        return this.#add({ edge: part.edge, next });
      case 'all':
        return part.parts.reduceRight((after, one) => this.before(one, after), next);
      case 'any':
        return this.#add({ ways: part.parts.map((one) => this.before(one, next)) });
      case 'repeat': {
        let start = next;
        if (part.most === Number.POSITIVE_INFINITY) {
          const ways = [next];
          start = this.#add({ ways });
          ways.push(this.before(part.part, start));
        } else
          for (let i = part.least; i < part.most; i++)
            start = this.#add({ ways: [next, this.before(part.part, start)] });
        for (let i = 0; i < part.least; i++) start = this.before(part.part, start);
        return start;
      }
    }
  }
}

/**
 * Compiles a regular expression in RE2's syntax to a test of whole texts, whose time is proportional to the length of the text whatever the
 * pattern: all states that the text may be in are followed at once. Bytes (`\C`) are not supported.
 * @throws if the pattern is not one of RE2, or too large
 */
export function fullMatcher(pattern: string): (text: string) => boolean {
  const compiler = new Compiler(pattern);
  const first = compiler.before(new Parser(pattern).whole(), 0);
  const { states } = compiler;
  const marks = new Uint32Array(states.length);
  return (text) => {
    const points = Array.from(text, pointOf);
    marks.fill(0);
    let [visits, round] = [0, 0];
    /** The states that consume, and the end, which are reached from others without consuming. */
    const reach = (left: number[], at: number): number[] => {
      const found: number[] = [];
      round++;
      for (let place = left.pop(); place !== undefined; place = left.pop()) {
        if (marks[place] === round) continue;
        marks[place] = round;
        if (++visits > mostVisits)
          throw new Error(
            `its pattern "${pattern.slice(0, 80)}" takes too long for a text of ${points.length} characters.`,
          );
        const state = states[place];
        if (!state || 'test' in state) found.push(place);
        else if ('ways' in state) for (const way of state.ways) left.push(way);
        else if (state.edge(points, at)) left.push(state.next);
      }
      return found;
    };
    let current = reach([first], 0);
    for (let at = 0; at < points.length && current.length; at++) {
      const next: number[] = [];
      for (const place of current) {
        const state = states[place];
        if (state && 'test' in state && state.test(points[at]!)) next.push(state.next);
      }
      current = reach(next, at + 1);
    }
    return current.includes(0);
  };
}
