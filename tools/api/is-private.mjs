// @ts-check
import ts from 'typescript-api';

/** Whether a node is a member that does not matter outside its class; private constructors do. @param {ts.Node} node */
export const isPrivate = (node) =>
  ts.isClassElement(node) &&
  !ts.isConstructorDeclaration(node) &&
  ((node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
    (ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)));
