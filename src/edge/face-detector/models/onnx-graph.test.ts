import { describe, expect, it } from 'vitest';
import { OnnxGraph } from './onnx-graph.ts';
import { openNetwork } from './onnx-session.ts';

describe('OnnxGraph', () => {
  it('makes a model that ONNX Runtime runs: bytes in, constants, a size known only at run time', async () => {
    const graph = new OnnxGraph('test');
    const input = graph.input('bytes', 'uint8', [1, 'length']);
    const numbers = graph.node('Cast', [input], { to: { type: 'int', value: 1 } });
    const scaled = graph.node('Mul', [numbers, graph.floats(Float32Array.of(0.5), [])]);
    const column = graph.node('Reshape', [scaled, graph.integers([-1, 1])], {}, 'column');
    graph.output(column, 'float32', ['length', 1]);
    const network = await openNetwork(graph.encode(), { threads: 1, provider: 'cpu' });
    const bytes = { data: Uint8Array.of(0, 3, 255), shape: [1, 3] };
    const found = await network.run({ bytes }, (outputs) => [...(outputs.column as Float32Array)]);
    await network.close();
    expect(found).toEqual([0, 1.5, 127.5]);
  });

  it('frees the constants once they are in the model', () => {
    const graph = new OnnxGraph('test');
    const constants = new Float32Array(1000).fill(1);
    graph.floats(constants, [1000]);
    expect(graph.encode().byteLength).toBeGreaterThan(4000);
    expect(constants.byteLength).toBe(0);
  });
});
