import type { OnnxGraph } from './onnx-graph.ts';
import type { ConvolutionWeights } from './weight-layout.ts';

/**
 * Adds a convolution whose output has ⌈size ÷ stride⌉ rows and columns, stride 1 or 2.
 *
 * Invariant: cell i of a stride-2 layer is centred on cell 2i + 1 of its input, for odd sizes too. That is TensorFlow's
 * «same» padding for the even sizes that the networks were trained on. For odd sizes «same» would centre it on 2i and
 * move all boxes of that layer by half a cell (measured: mean IoU of faces over 96 px .75 instead of .79).
 */
export function convolution(
  graph: OnnxGraph,
  input: string,
  { weights, bias, groups }: ConvolutionWeights,
  stride: 1 | 2,
): string {
  const reach = (weights.shape.at(-1) as number) - 1;
  const [before, after] = stride === 1 ? [reach / 2, reach / 2] : [0, reach];
  return graph.node('Conv', [input, graph.floats(weights.data, weights.shape), graph.floats(bias, [bias.length])], {
    strides: { type: 'ints', value: [stride, stride] },
    pads: { type: 'ints', value: [before, before, after, after] },
    group: { type: 'int', value: groups },
  });
}

export function constant(graph: OnnxGraph, value: number): string {
  return graph.floats(Float32Array.of(value), []);
}

/** height × width × 3 numbers, batch first, to ONNX's channels first. */
export function toChannelsFirst(graph: OnnxGraph, input: string): string {
  return graph.node('Transpose', [input], { perm: { type: 'ints', value: [0, 3, 1, 2] } });
}

export function toChannelsLast(graph: OnnxGraph, input: string): string {
  return graph.node('Transpose', [input], { perm: { type: 'ints', value: [0, 2, 3, 1] } });
}
