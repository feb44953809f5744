// @ts-check
/** Internal errors of JavaScript or WebAssembly, which do not help users. */
const internal =
  /Cannot (read|set|convert|mix|destructure|access|create|perform)|is not (a function|iterable|defined|a constructor|an object|a valid)|Invalid (array|typed array|string|count|BigInt|DataView|time|regular|code)|out of bounds|out of memory|allocation failed|Maximum call stack|unreachable|\[object |\bundefined\b|\bnull\b|\bNaN\b|\bInfinity\b|offset is out|length of .*(multiple|greater)|start offset|BigInt|Long|^\s*at |node_modules|file:\/\//m;

/**
 * Why a message is unclear; undefined if it is a sentence that names a file or a node.
 * @param {string} message
 */
export function unclear(message) {
  // Text from the file itself is in quotes; a number of a tensor is not.
  const own = message
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/holds (-?Infinity|NaN), which/g, 'holds 0, which');
  const found = internal.exec(own);
  if (found) return `it says "${found[0]}"`;
  if (!/^(fuzz\.onnx|[Nn]ode ""|Input ""|The |Output "")/.test(own)) return 'it names neither the file nor a node';
  if (!/[.?!)]$/.test(message.trim())) return 'it is not a sentence';
  if (message.length > 1500) return `it has ${message.length} characters`;
  return undefined;
}
