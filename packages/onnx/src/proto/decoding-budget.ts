/** Bytes that a decoded message, and every field of one, take at most, besides the content of texts and raw values. */
const cost = { message: 512, field: 128, number: 16 } as const;
/** Maximum bytes that a decoded file may take, besides texts and raw values, which are as large as in the file. */
const mostBytes = 2 ** 30;
/** Maximum number of nodes, including those of functions and subgraphs. */
const mostNodes = 2 ** 17;
/** Maximum bytes of a name: messages repeat names. */
const longestName = 2 ** 12;
/** Messages within messages. A graph within a graph takes three: a node, its attribute, and the graph. */
const deepest = 400;

/** The file asks for more than is decoded. The message continues a sentence about the file. */
export class OverBudget extends Error {}

/** Limits what is decoded of a file: a message of two bytes takes hundreds of bytes in memory. */
export class DecodingBudget {
  #bytes = 0;
  #nodes = 0;
  #depth = 0;

  /** Counts a message until `leave`. @throws {@link OverBudget} if messages are nested too deeply, or take too much */
  enter(isNode: boolean): void {
    this.#spend(cost.message);
    if (isNode && ++this.#nodes > mostNodes)
      throw new OverBudget(`has more than ${mostNodes} nodes, including those of functions and subgraphs`);
    if (++this.#depth > deepest) throw new OverBudget(`has messages nested more than ${deepest} deep`);
  }

  leave(): void {
    this.#depth--;
  }

  /** Counts a field. */
  field(): void {
    this.#spend(cost.field);
  }

  /** Counts the numbers of a packed list before they are read. */
  numbers(count: number): void {
    this.#spend(count * cost.number);
  }

  /** Checks the length of a name before it is read. */
  name(bytes: number): void {
    if (bytes > longestName)
      throw new OverBudget(`has a name of ${bytes} bytes, but at most ${longestName} are accepted`);
  }

  #spend(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > mostBytes)
      throw new OverBudget(`would take more than ${mostBytes / 2 ** 30} GiB of memory when it is decoded`);
  }
}
