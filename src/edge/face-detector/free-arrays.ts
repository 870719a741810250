/**
 * Gives the memory behind arrays back at once, instead of at some later garbage collection: V8 lets 64 MB of it pile up
 * (measured: a loop over YuNet keeps 136 MB in place of 209 MB). The arrays are empty afterwards. An array that is only
 * a part of its memory (a pooled Buffer, a subarray) is left alone.
 */
export function freeArrays(arrays: Iterable<Float32Array | Uint8Array>): void {
  for (const { buffer, byteLength } of arrays) {
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && !buffer.detached) buffer.transfer(0);
  }
}
