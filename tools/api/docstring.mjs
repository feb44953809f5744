// @ts-check
import ts from 'typescript-api';

/** What a tag's text begins with in a sentence; tags without a word here are named. @type {Record<string, string>} */
const words = { throws: 'Throws', returns: 'Returns', deprecated: 'Deprecated:' };

/**
 * The docstrings of a symbol's declarations as Markdown, a paragraph each; empty where there are none.
 * @param {readonly ts.Declaration[]} declarations
 */
export function docstring(declarations) {
  return [
    ...new Set(
      declarations.flatMap((declaration) => {
        const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        // The last one is the declaration's own; one before it may speak of the file.
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

/** Text with its links as code; `<` outside code would begin a tag. @param {string | ts.NodeArray<ts.JSDocComment> | undefined} comment */
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
