import { ModelError } from './model-error.ts';

/** Numbers with a shape, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A convolution as ONNX wants it: `weights` are out × in-per-group × height × width, `bias` one number per output. */
export interface ConvolutionWeights {
  readonly weights: Tensor;
  readonly bias: Float32Array;
  readonly groups: number;
}

export interface BatchNorm {
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** gamma */
  readonly scale: Tensor;
  /** beta */
  readonly offset: Tensor;
  readonly epsilon: number;
}

/** TensorFlow's height × width × in × out to ONNX's out × in × height × width. */
export function fromHwio(filters: Tensor, bias: Tensor): ConvolutionWeights {
  const [height, width, inputs, outputs] = fourSizes(filters);
  const data = new Float32Array(filters.data.length);
  const area = height * width;
  for (let cell = 0; cell < area; cell++) {
    for (let i = 0; i < inputs; i++) {
      const from = (cell * inputs + i) * outputs;
      for (let o = 0; o < outputs; o++) data[(o * inputs + i) * area + cell] = filters.data[from + o] as number;
    }
  }
  return { weights: { shape: [outputs, inputs, height, width], data }, bias: bias.data, groups: 1 };
}

/** TensorFlow's depthwise height × width × channels × multiplier to ONNX's (channels·multiplier) × 1 × height × width. */
export function fromDepthwise(filters: Tensor): ConvolutionWeights {
  const [height, width, channels, multiplier] = fourSizes(filters);
  const outputs = channels * multiplier;
  const area = height * width;
  const data = new Float32Array(filters.data.length);
  for (let cell = 0; cell < area; cell++) {
    for (let o = 0; o < outputs; o++) data[o * area + cell] = filters.data[cell * outputs + o] as number;
  }
  return {
    weights: { shape: [outputs, 1, height, width], data },
    bias: new Float32Array(outputs),
    groups: channels,
  };
}

/** Folds the batch normalisation that follows a convolution into it: y = scale · (conv(x) − mean) / √(variance + ε) + offset. */
export function foldBatchNorm(convolution: ConvolutionWeights, norm: BatchNorm): ConvolutionWeights {
  const outputs = convolution.bias.length;
  const perOutput = convolution.weights.data.length / outputs;
  const data = new Float32Array(convolution.weights.data.length);
  const bias = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const factor = (norm.scale.data[o] as number) / Math.sqrt((norm.variance.data[o] as number) + norm.epsilon);
    for (let k = o * perOutput; k < (o + 1) * perOutput; k++) {
      data[k] = (convolution.weights.data[k] as number) * factor;
    }
    const centred = (convolution.bias[o] as number) - (norm.mean.data[o] as number);
    bias[o] = centred * factor + (norm.offset.data[o] as number);
  }
  return { weights: { shape: convolution.weights.shape, data }, bias, groups: convolution.groups };
}

function fourSizes(tensor: Tensor): [number, number, number, number] {
  const [a, b, c, d, ...rest] = tensor.shape;
  if (a === undefined || b === undefined || c === undefined || d === undefined || rest.length > 0) {
    throw new ModelError('hash-mismatch', `Expected a convolution's filters with 4 sizes, got [${tensor.shape}].`);
  }
  return [a, b, c, d];
}
