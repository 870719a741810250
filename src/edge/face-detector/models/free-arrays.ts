/**
 * Gives the memory behind arrays back at once, instead of at some later garbage collection: tens of megabytes of
 * weights are needed for a moment only. The arrays are empty afterwards.
 */
export function freeArrays(arrays: Iterable<Float32Array | Uint8Array>): void {
  for (const { buffer } of arrays) {
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
}
