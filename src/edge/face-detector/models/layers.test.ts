import { describe, expect, it } from 'vitest';
import { convolution, toChannelsFirst, toChannelsLast } from './layers.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { openNetwork } from './onnx-session.ts';
import { type ConvolutionWeights, foldBatchNorm, fromDepthwise, fromHwio, type Tensor } from './weight-layout.ts';

/** TensorFlow's own definition, in nested loops: `at` is 0 outside the image. */
function convolveHwio(
  image: Tensor,
  filters: Tensor,
  { stride, before, depthwise }: { stride: number; before: number; depthwise: boolean },
): Float32Array {
  const [height, width, channels] = image.shape as [number, number, number];
  const [kernelHeight, kernelWidth, inputs, last] = filters.shape as [number, number, number, number];
  const outputs = depthwise ? inputs * last : last;
  const rows = Math.ceil(height / stride);
  const columns = Math.ceil(width / stride);
  const result = new Float32Array(rows * columns * outputs);
  const at = (y: number, x: number, c: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : (image.data[(y * width + x) * channels + c] as number);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < kernelWidth; kx++) {
            for (let i = 0; i < inputs; i++) {
              if (depthwise && Math.floor(o / last) !== i) continue;
              const weight = filters.data[((ky * kernelWidth + kx) * inputs + i) * last + (depthwise ? o % last : o)];
              sum += at(y * stride + ky - before, x * stride + kx - before, i) * (weight as number);
            }
          }
        }
        result[(y * columns + x) * outputs + o] = sum;
      }
    }
  }
  return result;
}

async function run(image: Tensor, filters: ConvolutionWeights, stride: 1 | 2): Promise<Float32Array> {
  const graph = new OnnxGraph('test');
  const input = graph.input('image', 'float32', [1, 'h', 'w', image.shape[2] as number]);
  const output = toChannelsLast(graph, convolution(graph, toChannelsFirst(graph, input), filters, stride));
  graph.output(graph.node('Identity', [output], {}, 'result'), 'float32', [1, 'oh', 'ow', filters.bias.length]);
  const network = await openNetwork(graph.encode(), { threads: 1, provider: 'cpu' });
  const result = await network.run({ image: { data: image.data, shape: [1, ...image.shape] } }, (outputs) =>
    Float32Array.from(outputs.result as Float32Array),
  );
  await network.close();
  return result;
}

function made(shape: readonly number[], seed: number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + seed) + 0.1 * Math.cos(i * 0.3)) };
}

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found).toHaveLength(expected.length);
  expect(Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(1e-5);
}

describe('convolution', () => {
  it('equals TensorFlow «same» at stride 1, for 3 × 3 and 1 × 1 filters', async () => {
    const image = made([5, 4, 3], 1);
    for (const [kernel, before] of [[3, 1] as const, [1, 0] as const]) {
      const filters = made([kernel, kernel, 3, 4], 2);
      const bias: Tensor = { shape: [4], data: new Float32Array(4) };
      const expected = convolveHwio(image, filters, { stride: 1, before, depthwise: false });
      expectClose(await run(image, fromHwio(filters, bias), 1), expected);
    }
  });

  it.each([[6, 8] as const, [5, 8] as const, [6, 7] as const, [1, 1] as const])(
    'keeps the cells of stride 2 in the middle of theirs for %i × %i',
    async (height, width) => {
      const image = made([height, width, 2], 3);
      const filters = made([3, 3, 2, 3], 4);
      const bias: Tensor = { shape: [3], data: new Float32Array(3) };
      const expected = convolveHwio(image, filters, { stride: 2, before: 0, depthwise: false });
      expectClose(await run(image, fromHwio(filters, bias), 2), expected);
    },
  );

  it('keeps depthwise channels apart, also where each makes two', async () => {
    const image = made([4, 6, 3], 5);
    const filters = made([3, 3, 3, 2], 6);
    const expected = convolveHwio(image, filters, { stride: 1, before: 1, depthwise: true });
    expectClose(await run(image, fromDepthwise(filters), 1), expected);
  });

  it('carries a batch normalisation folded into it', async () => {
    const image = made([4, 4, 2], 7);
    const filters = made([3, 3, 2, 1], 8);
    const variance: Tensor = { shape: [2], data: Float32Array.of(4e-36, 0.7) };
    const [mean, scale, offset] = [made([2], 9), made([2], 10), made([2], 11)];
    const epsilon = 0.001;
    const plain = convolveHwio(image, filters, { stride: 1, before: 1, depthwise: true });
    const expected = plain.map((value, i) => {
      const c = i % 2;
      const deviation = Math.sqrt((variance.data[c] as number) + epsilon);
      const normalised = (value - (mean.data[c] as number)) / deviation;
      return normalised * (scale.data[c] as number) + (offset.data[c] as number);
    });
    const folded = foldBatchNorm(fromDepthwise(filters), { mean, variance, scale, offset, epsilon });
    const found = await run(image, folded, 1);
    expect(Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(1e-4);
  });
});
