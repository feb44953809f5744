// @ts-check
import ts from 'typescript-api';
import { isPrivate } from './is-private.mjs';

/**
 * Formats a declaration for readers, under its exported name: without `export declare`, private members and its own docstring.
 * @param {ts.Declaration} declaration @param {string} name
 */
export function declarationText(declaration, name) {
  if (ts.isVariableDeclaration(declaration))
    return `const ${name}${tidy(declaration.getSourceFile().text.slice(declaration.name.end, declaration.end))};`;
  /** Ranges to remove or replace. @type {{ from: number, to: number, by: string }[]} */
  const edits = [];
  for (const modifier of (ts.canHaveModifiers(declaration) && ts.getModifiers(declaration)) || [])
    if (hiddenModifiers.has(modifier.kind)) edits.push({ from: modifier.getStart(), to: modifier.end + 1, by: '' });
  const named = ts.getNameOfDeclaration(declaration);
  if (named) edits.push({ from: named.getStart(), to: named.end, by: name });
  if (ts.isClassDeclaration(declaration))
    for (const member of declaration.members)
      if (isPrivate(member)) edits.push({ from: member.getFullStart(), to: member.end, by: '' });
  const source = declaration.getSourceFile().text;
  let text = '';
  let at = declaration.getStart();
  for (const { from, to, by } of edits.sort((a, b) => a.from - b.from)) {
    text += source.slice(at, from) + by;
    at = to;
  }
  return tidy(text + source.slice(at, declaration.end));
}

const hiddenModifiers = new Set([
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.DefaultKeyword,
]);

/** @param {string} text */
const tidy = (text) =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(/import\("\.[^"]*"\)\./g, '') // a type's file does not matter
    .replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
