// @ts-check
import { sep } from 'node:path';
import ts from 'typescript-api';
import { declarationText } from './declaration-text.mjs';
import { docstring, isDocumented } from './docstring.mjs';
import { isPrivate } from './is-private.mjs';

/**
 * @typedef {'Functions' | 'Classes' | 'Interfaces' | 'Types' | 'Constants'} Kind
 * @typedef {{ name: string, kind: Kind, text: string, doc: string, documented: boolean }} Export declared in the package itself
 * @typedef {{ name: string, from: string, all: boolean }} Passed on from another entry point; `all` of it as a namespace
 * @typedef {{ name: string, exports: Export[], passed: Passed[] }} EntryApi
 * @typedef {{ published: import('./published.mjs').Published, entries: EntryApi[], hidden: Export[] }} PackageApi
 * `hidden` lists types that the exports' declarations refer to but no entry point exports.
 */

/**
 * Reads what packages export from their built declarations.
 * @param {readonly import('./published.mjs').Published[]} packages
 * @returns {PackageApi[]}
 */
export function readApi(packages) {
  const files = packages.flatMap(({ entries }) => entries.map(({ file }) => file));
  // Resolves names without type-checking, which needs no library.
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
    noLib: true,
  });
  const checker = program.getTypeChecker();
  const resolved = (/** @type {ts.Symbol} */ symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const modules = new Map(
    packages.flatMap((published) =>
      published.entries.map((entry) => {
        const file = program.getSourceFile(entry.file);
        const module = file && checker.getSymbolAtLocation(file);
        return [entry, { module, symbols: module ? checker.getExportsOfModule(module) : [] }];
      }),
    ),
  );
  /** The entry point that a declaration belongs to: the first one of its own package. @type {Map<ts.Symbol, string>} */
  const homes = new Map();
  for (const { folder, entries } of packages)
    for (const entry of entries)
      for (const symbol of modules.get(entry)?.symbols ?? []) {
        const target = resolved(symbol);
        if (
          target.declarations?.some(
            (one) => one.getSourceFile().fileName.startsWith(portable(`${folder}/`)) && !ts.isSourceFile(one),
          ) &&
          !homes.has(target)
        )
          homes.set(target, entry.name);
      }
  const namespaces = new Map([...modules].map(([{ name }, { module }]) => [module, name]));

  return packages.map((published) => {
    /** @type {Map<ts.Symbol, Export>} */
    const hidden = new Map();
    /** @param {ts.Symbol} symbol @param {string} name @returns {Export} */
    const described = (symbol, name) => {
      const declarations = symbol.declarations ?? [];
      for (const declaration of declarations) for (const other of namedIn(declaration)) hide(other);
      return {
        name,
        kind: kindOf(symbol),
        text: declarations.map((one) => declarationText(one, name)).join('\n'),
        doc: docstring(declarations),
        documented: isDocumented(declarations),
      };
    };
    /** @param {ts.Symbol} symbol */
    const hide = (symbol) => {
      const own = symbol.declarations?.some(
        (one) => one.getSourceFile().fileName.startsWith(portable(`${published.folder}/`)) && topLevel(one),
      );
      if (!own || homes.has(symbol) || hidden.has(symbol)) return;
      hidden.set(symbol, { name: symbol.name, kind: 'Types', text: '', doc: '', documented: false }); // before following its names, because types may refer to each other
      hidden.set(symbol, described(symbol, symbol.name));
    };
    const entries = published.entries.map((entry) => {
      /** @type {Export[]} */
      const exports = [];
      /** @type {Passed[]} */
      const passed = [];
      for (const symbol of modules.get(entry)?.symbols ?? []) {
        const target = resolved(symbol);
        const from = namespaces.get(target) ?? homes.get(target) ?? 'elsewhere';
        if (from === entry.name) exports.push(described(target, symbol.name));
        else passed.push({ name: symbol.name, from, all: namespaces.has(target) });
      }
      return { name: entry.name, exports: exports.sort(byName), passed: passed.sort(byName) };
    });
    return { published, entries, hidden: [...hidden.values()].sort((a, b) => byName(a, b) || compare(a.text, b.text)) };
  });

  /** Types that a declaration refers to, except those of private members. @param {ts.Node} node @returns {ts.Symbol[]} */
  function namedIn(node) {
    if (isPrivate(node)) return [];
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : ts.isImportTypeNode(node)
            ? node.qualifier
            : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    const found = symbol ? [resolved(symbol)] : [];
    ts.forEachChild(node, (child) => void found.push(...namedIn(child)));
    return found;
  }

  /** @param {ts.Symbol} symbol @returns {Kind} */
  function kindOf(symbol) {
    if (symbol.flags & ts.SymbolFlags.Class) return 'Classes';
    if (symbol.flags & ts.SymbolFlags.Function) return 'Functions';
    if (symbol.flags & ts.SymbolFlags.Variable) {
      const type = checker.getTypeOfSymbol(symbol);
      return type.getCallSignatures().length > 0 && type.getProperties().length === 0 ? 'Functions' : 'Constants';
    }
    return symbol.flags & ts.SymbolFlags.Interface ? 'Interfaces' : 'Types';
  }
}

/** TypeScript's paths have `/` everywhere. @param {string} path */
const portable = (path) => path.replaceAll(sep, '/');

/** @param {ts.Node} node */
const topLevel = (node) => ts.isSourceFile(ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent);

/** By code units, independent of the locale. @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
/** Letters before case. @param {{ name: string }} a @param {{ name: string }} b */
const byName = (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name);
