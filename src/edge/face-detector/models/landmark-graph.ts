import { constant, convolution, toChannelsFirst } from './layers.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { weightNamed } from './package-weights.ts';
import { fromDepthwise, fromHwio, type Tensor } from './weight-layout.ts';

/** Side of the square input in pixels. */
export const LANDMARK_INPUT_SIDE = 112;
export const LANDMARKS = 68;

const MEAN_RGB = [122.782, 117.001, 104.298];
const FEATURES = 128;

/**
 * face-api's 68-point tiny landmark network (src/faceFeatureExtractor/TinyFaceFeatureExtractor.ts there) as ONNX.
 *
 * Input `face`: float32, 1 × 112 × 112 × 3, RGB 0–255. Output `points`: float32, 1 × 136: x and y of each point,
 * relative to the input.
 */
export function encodeLandmarkModel(weights: ReadonlyMap<string, Tensor>): Uint8Array {
  const graph = new OnnxGraph('face_landmark_68_tiny');
  const side = LANDMARK_INPUT_SIDE;
  const face = graph.input('face', 'float32', [1, side, side, 3]);
  const centred = graph.node('Sub', [face, graph.floats(Float32Array.from(MEAN_RGB), [3])]);
  const normalised = graph.node('Div', [toChannelsFirst(graph, centred), constant(graph, 255)]);

  const add = (a: string, b: string): string => graph.node('Add', [a, b]);
  const relu = (x: string): string => graph.node('Relu', [x]);
  const separable = (input: string, prefix: string, stride: 1 | 2): string => {
    const depthwise = fromDepthwise(weightNamed(weights, `${prefix}/depthwise_filter`));
    const pointwise = fromHwio(
      weightNamed(weights, `${prefix}/pointwise_filter`),
      weightNamed(weights, `${prefix}/bias`),
    );
    return convolution(graph, convolution(graph, input, depthwise, stride), pointwise, 1);
  };
  const denseBlock = (first: string, prefix: string): string => {
    const second = separable(first, `${prefix}/conv1`, 1);
    const third = separable(relu(add(first, second)), `${prefix}/conv2`, 1);
    return relu(add(first, add(second, third)));
  };

  const filters = fromHwio(weightNamed(weights, 'dense0/conv0/filters'), weightNamed(weights, 'dense0/conv0/bias'));
  let x = denseBlock(relu(convolution(graph, normalised, filters, 2)), 'dense0');
  x = denseBlock(relu(separable(x, 'dense1/conv0', 2)), 'dense1');
  x = denseBlock(relu(separable(x, 'dense2/conv0', 2)), 'dense2');
  const features = graph.node('Reshape', [graph.node('GlobalAveragePool', [x]), graph.integers([1, FEATURES])]);
  const dense = weightNamed(weights, 'fc/weights');
  const product = graph.node('MatMul', [features, graph.floats(dense.data, dense.shape)]);
  const bias = graph.floats(weightNamed(weights, 'fc/bias').data, [LANDMARKS * 2]);
  graph.output(graph.node('Add', [product, bias], {}, 'points'), 'float32', [1, LANDMARKS * 2]);
  return graph.encode();
}
