// @ts-check
/** A reason without names and numbers, for grouping. @param {string} reason */
export function kindOfReason(reason) {
  const operator = /uses the operator ([^ ,]+)/.exec(reason);
  if (operator) return `operator ${operator[1]} is not supported`;
  return reason
    .replace(/^\S+\.onnx: /, '')
    .replace(/^Node "[^"]*" /, '')
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\[[^\]]*\]/g, '[…]')
    .replaceAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, '#');
}
