// @ts-check
import ts from 'typescript-api';

/** The beginning of a tag's sentence; other tags use their name. @type {Record<string, string>} */
const words = { throws: 'Throws', returns: 'Returns', deprecated: 'Deprecated:' };

/**
 * The docstrings of a symbol's declarations as Markdown, one paragraph each; empty if there are none.
 * @param {readonly ts.Declaration[]} declarations
 */
export function docstring(declarations) {
  return [
    ...new Set(
      declarations.flatMap((declaration) => {
        const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        // The last one belongs to the declaration; earlier ones may describe the file.
        const own = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
        return own ? [paragraphs(own)] : [];
      }),
    ),
  ].join('\n\n');
}

/** Whether a symbol has a docstring, or is an interface whose members all have one. @param {readonly ts.Declaration[]} declarations */
export const isDocumented = (declarations) =>
  docstring(declarations) !== '' ||
  declarations.every(
    (one) =>
      ts.isInterfaceDeclaration(one) &&
      one.members.length > 0 &&
      one.members.every((member) => ts.getJSDocCommentsAndTags(member).length > 0),
  );

/** @param {ts.JSDoc} doc */
function paragraphs(doc) {
  const tags = (doc.tags ?? []).map((tag) => {
    const text = textOf(tag.comment);
    const name = tag.tagName.text;
    return ts.isJSDocParameterTag(tag)
      ? `* \`${tag.name.getText()}\`: ${text}`
      : `* ${words[name] ?? `${name}:`} ${text}`;
  });
  return [textOf(doc.comment), tags.join('\n')].filter(Boolean).join('\n\n');
}

/** Text with its links as code; `<` outside code would start a tag. @param {string | ts.NodeArray<ts.JSDocComment> | undefined} comment */
const textOf = (comment) =>
  (typeof comment === 'string'
    ? comment
    : (comment ?? [])
        .map((part) =>
          part.kind === ts.SyntaxKind.JSDocText
            ? part.text
            : `\`${/** @type {ts.JSDocLink} */ (part).name?.getText() ?? ''}\``,
        )
        .join('')
  )
    .replaceAll('\r\n', '\n')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '\\<')))
    .join('')
    .trim();
