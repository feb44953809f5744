// @ts-check
import { parseSync } from 'vite';

/** @typedef {{ type: string, start: number, end: number, [key: string]: any }} Node */

/**
 * Inserts a counter into every branch of a module, and reports the length of every array it creates.
 * The module expects `__counters`, an array of numbers, and `__allocate`, a function that returns its argument, in the global scope.
 * @param {string} code an ES module in JavaScript
 * @param {number} first number of its first counter
 * @returns {{ code: string, counters: number, words: Set<string> }} the number of its counters, and the texts it mentions
 */
export function instrument(code, first) {
  const { program, errors } = parseSync('module.js', code, { sourceType: 'module' });
  if (errors.length) throw new Error(`A module cannot be parsed: ${errors[0]?.message}`);
  let next = first;
  /** @type {Map<number, string>} */
  const before = new Map(); // outer texts first
  /** @type {Map<number, string>} */
  const after = new Map(); // inner texts first
  /** @type {Set<string>} */
  const words = new Set();
  const open = (/** @type {number} */ at, /** @type {string} */ text) => before.set(at, (before.get(at) ?? '') + text);
  const close = (/** @type {number} */ at, /** @type {string} */ text) => after.set(at, text + (after.get(at) ?? ''));
  const count = () => `__counters[${next++}]++`;
  const block = (/** @type {Node | null | undefined} */ body) => {
    if (!body) return;
    if (body.type === 'BlockStatement') return open(body.start + 1, `${count()};`);
    open(body.start, `{${count()};`);
    close(body.end, '}');
  };
  const value = (/** @type {Node} */ expression) => {
    open(expression.start, `(${count()},`);
    close(expression.end, ')');
  };
  /** @type {Readonly<Record<string, (node: Node) => void>>} */
  const at = {
    FunctionDeclaration: ({ body }) => block(body),
    FunctionExpression: ({ body }) => block(body),
    ArrowFunctionExpression: ({ body }) => (body.type === 'BlockStatement' ? block(body) : value(body)),
    IfStatement(node) {
      if (!node.alternate) close(node.end, `else{${count()};}`);
      block(node.consequent);
      block(node.alternate);
    },
    ForStatement: ({ body }) => block(body),
    ForInStatement: ({ body }) => block(body),
    ForOfStatement: ({ body }) => block(body),
    WhileStatement: ({ body }) => block(body),
    DoWhileStatement: ({ body }) => block(body),
    CatchClause: ({ body }) => block(body),
    ConditionalExpression(node) {
      value(node.consequent);
      value(node.alternate);
    },
    LogicalExpression: ({ right }) => value(right),
    SwitchCase(node) {
      if (node.consequent.length) open(node.consequent[0].start, `${count()};`);
    },
    NewExpression({ arguments: [only, ...others] }) {
      if (!only || others.length || only.type === 'SpreadElement') return;
      open(only.start, '__allocate(');
      close(only.end, ')');
    },
    Literal({ value: text }) {
      if (typeof text === 'string' && text.length > 0 && text.length <= 24) words.add(text);
    },
    Property({ key }) {
      if (key.type === 'Identifier') words.add(key.name);
    },
  };
  const visit = (/** @type {unknown} */ node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null || !('type' in node)) return;
    at[/** @type {Node} */ (node).type]?.(/** @type {Node} */ (node));
    Object.values(node).forEach(visit);
  };
  visit(program.body);
  let made = '';
  let end = 0;
  for (const place of [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b)) {
    made += code.slice(end, place) + (after.get(place) ?? '') + (before.get(place) ?? '');
    end = place;
  }
  return { code: made + code.slice(end), counters: next - first, words };
}
