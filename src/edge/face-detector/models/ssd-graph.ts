import { constant, convolution, toChannelsLast } from './layers.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { weightNamed } from './package-weights.ts';
import { type ConvolutionWeights, foldBatchNorm, fromDepthwise, fromHwio, type Tensor } from './weight-layout.ts';

/** Numbers per anchor in the output: ty, tx, th, tw and the logit of «face». */
export const SSD_NUMBERS_PER_ANCHOR = 5;

const BATCH_NORM_EPSILON = 0.0010000000474974513;
const BACKBONE_PAIRS = 13;
const PAIRS_OF_STRIDE_2 = [2, 4, 6, 12];
/** The stride-16 layer of the backbone that the first box predictor reads. */
const FIRST_PREDICTED_PAIR = 11;
const EXTRA_CONVOLUTIONS = 8;
const CLASSES = 3;
const FACE_CLASS = 1;
const BOX_NUMBERS = 4;

/**
 * The SSD MobileNet v1 of face-api (src/ssdMobilenetv1 there) as an ONNX model.
 *
 * Input `image`: float32, 1 × 3 × H × W, RGB 0–255; H and W multiples of 16. Output `anchors`: float32, 1 × N × 5 (see
 * SSD_NUMBERS_PER_ANCHOR), in the order of `ssdAnchors(W, H)`. Of the 3 classes only «face» is computed.
 */
export function encodeSsdModel(weights: ReadonlyMap<string, Tensor>): Uint8Array {
  const graph = new OnnxGraph('ssd_mobilenetv1');
  const image = graph.input('image', 'float32', [1, 3, 'height', 'width']);
  const scaled = graph.node('Div', [image, constant(graph, 127.5)]);
  const normalised = graph.node('Sub', [scaled, constant(graph, 1)]);

  const zero = constant(graph, 0);
  const six = constant(graph, 6);
  const layer = (input: string, filters: ConvolutionWeights, stride: 1 | 2): string =>
    graph.node('Clip', [convolution(graph, input, filters, stride), zero, six]);
  const pointwise = (input: string, prefix: string, stride: 1 | 2): string =>
    layer(
      input,
      fromHwio(weightNamed(weights, `${prefix}/weights`), weightNamed(weights, `${prefix}/convolution_bn_offset`)),
      stride,
    );
  const depthwise = (input: string, prefix: string, stride: 1 | 2): string =>
    layer(
      input,
      foldBatchNorm(fromDepthwise(weightNamed(weights, `${prefix}/depthwise_weights`)), {
        mean: weightNamed(weights, `${prefix}/BatchNorm/moving_mean`),
        variance: weightNamed(weights, `${prefix}/BatchNorm/moving_variance`),
        scale: weightNamed(weights, `${prefix}/BatchNorm/gamma`),
        offset: weightNamed(weights, `${prefix}/BatchNorm/beta`),
        epsilon: BATCH_NORM_EPSILON,
      }),
      stride,
    );

  const predicted: string[] = [];
  let x = pointwise(normalised, 'MobilenetV1/Conv2d_0_pointwise', 2);
  for (let pair = 1; pair <= BACKBONE_PAIRS; pair++) {
    x = depthwise(x, `MobilenetV1/Conv2d_${pair}_depthwise`, PAIRS_OF_STRIDE_2.includes(pair) ? 2 : 1);
    x = pointwise(x, `MobilenetV1/Conv2d_${pair}_pointwise`, 1);
    if (pair === FIRST_PREDICTED_PAIR || pair === BACKBONE_PAIRS) predicted.push(x);
  }
  for (let i = 0; i < EXTRA_CONVOLUTIONS; i++) {
    x = pointwise(x, `Prediction/Conv2d_${i}_pointwise`, i % 2 === 0 ? 1 : 2);
    if (i % 2 === 1) predicted.push(x);
  }

  const rowsPerAnchor = graph.integers([1, -1, SSD_NUMBERS_PER_ANCHOR]);
  const levels = predicted.map((feature, level) => {
    const head = convolution(graph, feature, predictorWeights(weights, level), 1);
    return graph.node('Reshape', [toChannelsLast(graph, head), rowsPerAnchor]);
  });
  const anchors = graph.node('Concat', levels, { axis: { type: 'int', value: 1 } }, 'anchors');
  graph.output(anchors, 'float32', [1, 'anchors', SSD_NUMBERS_PER_ANCHOR]);
  return graph.encode();
}

/** Box and class predictor of one level in one 1 × 1 convolution, the numbers of an anchor side by side. */
function predictorWeights(weights: ReadonlyMap<string, Tensor>, level: number): ConvolutionWeights {
  const read = (predictor: string): ConvolutionWeights => {
    const prefix = `Prediction/BoxPredictor_${level}/${predictor}`;
    return fromHwio(weightNamed(weights, `${prefix}/weights`), weightNamed(weights, `${prefix}/biases`));
  };
  const box = read('BoxEncodingPredictor');
  const classes = read('ClassPredictor');
  const anchors = box.bias.length / BOX_NUMBERS;
  const inputs = box.weights.data.length / box.bias.length;
  const bias = new Float32Array(anchors * SSD_NUMBERS_PER_ANCHOR);
  const data = new Float32Array(bias.length * inputs);
  const copy = (to: number, source: ConvolutionWeights, from: number): void => {
    bias[to] = source.bias[from] as number;
    data.set(source.weights.data.subarray(from * inputs, (from + 1) * inputs), to * inputs);
  };
  for (let anchor = 0; anchor < anchors; anchor++) {
    const to = anchor * SSD_NUMBERS_PER_ANCHOR;
    for (let k = 0; k < BOX_NUMBERS; k++) copy(to + k, box, anchor * BOX_NUMBERS + k);
    copy(to + BOX_NUMBERS, classes, anchor * CLASSES + FACE_CLASS);
  }
  return { weights: { shape: [bias.length, inputs, 1, 1], data }, bias, groups: 1 };
}
