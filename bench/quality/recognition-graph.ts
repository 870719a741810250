import { toChannelsFirst } from '../../src/edge/face-detector/models/layers.ts';
import { OnnxGraph } from '../../src/edge/face-detector/models/onnx-graph.ts';
import { type PinnedWeights, weightNamed } from '../../src/edge/face-detector/models/package-weights.ts';
import { fromHwio, type Tensor } from '../../src/edge/face-detector/models/weight-layout.ts';
import { CHIP_SIDE } from './face-chip.ts';

export const RECOGNITION_WEIGHTS: PinnedWeights = {
  name: 'face_recognition_model',
  sha256: 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
  manifestSha256: 'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
};

export const DESCRIPTOR_NUMBERS = 128;

const MEAN_RGB = [122.782, 117.001, 104.298];
const FEATURES = 256;
/** name, channels in, channels out, 'down' halves the picture. The last is one cell larger after pooling than after its convolution. */
const BLOCKS = [
  ['conv32_1', 32, 32],
  ['conv32_2', 32, 32],
  ['conv32_3', 32, 32],
  ['conv64_down', 32, 64],
  ['conv64_1', 64, 64],
  ['conv64_2', 64, 64],
  ['conv64_3', 64, 64],
  ['conv128_down', 64, 128],
  ['conv128_1', 128, 128],
  ['conv128_2', 128, 128],
  ['conv256_down', 128, 256],
  ['conv256_1', 256, 256],
  ['conv256_2', 256, 256],
  ['conv256_down_out', 256, 256],
] as const;
/** Their pooled input has one row and column more than their convolutions give (sides 8 → 4 and 3, 4 → 2 and 1). */
const PADDED_BLOCKS: readonly string[] = ['conv256_down', 'conv256_down_out'];

/**
 * dlib's face recognition ResNet as face-api has it (src/faceRecognitionNet there) as an ONNX model.
 *
 * Input `chip`: float32, 1 × 150 × 150 × 3, RGB 0–255. Output `descriptor`: float32, 1 × 128; two faces of one person
 * are less than 0.6 apart (http://blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html).
 */
export function encodeRecognitionModel(weights: ReadonlyMap<string, Tensor>): Uint8Array {
  const graph = new OnnxGraph('face_recognition');
  const chip = graph.input('chip', 'float32', [1, CHIP_SIDE, CHIP_SIDE, 3]);
  const centred = graph.node('Sub', [chip, graph.floats(Float32Array.from(MEAN_RGB), [3])]);
  const scaled = graph.node('Div', [toChannelsFirst(graph, centred), graph.floats(Float32Array.of(256), [])]);

  const ints = (...value: number[]) => ({ type: 'ints', value }) as const;
  const relu = (x: string): string => graph.node('Relu', [x]);
  const add = (a: string, b: string): string => graph.node('Add', [a, b]);
  const layer = (input: string, prefix: string, { stride, pad }: { stride: number; pad: number }): string => {
    const filters = fromHwio(
      weightNamed(weights, `${prefix}/conv/filters`),
      weightNamed(weights, `${prefix}/conv/bias`),
    );
    const { data, shape } = filters.weights;
    const inputs = [input, graph.floats(data, shape), graph.floats(filters.bias, [filters.bias.length])];
    const x = graph.node('Conv', inputs, { strides: ints(stride, stride), pads: ints(pad, pad, pad, pad) });
    const perChannel = (name: string): string => {
      const { data: numbers } = weightNamed(weights, `${prefix}/scale/${name}`);
      return graph.floats(numbers, [numbers.length, 1, 1]);
    };
    return add(graph.node('Mul', [x, perChannel('weights')]), perChannel('biases'));
  };
  const grown = (x: string, { channels, cells }: { channels: number; cells: number }): string =>
    graph.node('Pad', [x, graph.integers([0, 0, 0, 0, 0, channels, cells, cells])]);

  let x = relu(layer(scaled, 'conv32_down', { stride: 2, pad: 0 }));
  x = graph.node('MaxPool', [x], { kernel_shape: ints(3, 3), strides: ints(2, 2) });
  for (const [name, channelsIn, channelsOut] of BLOCKS) {
    const isDown = name.includes('down');
    const first = relu(layer(x, `${name}/conv1`, isDown ? { stride: 2, pad: 0 } : { stride: 1, pad: 1 }));
    let second = layer(first, `${name}/conv2`, { stride: 1, pad: 1 });
    if (isDown) x = graph.node('AveragePool', [x], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
    if (channelsIn !== channelsOut) x = grown(x, { channels: channelsOut - channelsIn, cells: 0 });
    if (PADDED_BLOCKS.includes(name)) second = grown(second, { channels: 0, cells: 1 });
    x = relu(add(x, second));
  }
  const features = graph.node('Reshape', [graph.node('GlobalAveragePool', [x]), graph.integers([1, FEATURES])]);
  const dense = weightNamed(weights, 'fc');
  const descriptor = graph.node('MatMul', [features, graph.floats(dense.data, dense.shape)], {}, 'descriptor');
  graph.output(descriptor, 'float32', [1, DESCRIPTOR_NUMBERS]);
  return graph.encode();
}
