import { freeArrays } from '../free-arrays.ts';
import { isYuv, type Picture, type YuvPicture, yuvLayout } from '../picture/picture.ts';
import { fitImage } from './fit-image.ts';
import { type Fit, fitSize } from './fit-size.ts';
import { ModelError } from './model-error.ts';
import { type Network, openNetwork } from './onnx-session.ts';
import { type ChannelOrder, writePlanar } from './planar-rgb.ts';
import { encodeYuvInput } from './yuv-input-graph.ts';

export interface NetworkInputOptions {
  readonly maxSide: number;
  /** Both sides of the input are multiples of it. */
  readonly sideMultiple: number;
  readonly order: ChannelOrder;
}

/** A picture made to fit a network. */
export interface PreparedInput extends Fit {
  /** 1 × 3 × padded height × padded width, 0–255; written over by the next picture. */
  readonly planes: Float32Array;
}

/** Cameras of so many different sizes keep their way to the input ready. */
const MAX_KEPT_SIZES = 8;

/** Turns pictures of any size into one network's input. */
export class NetworkInput {
  readonly #options: NetworkInputOptions;
  readonly #yuvNetworks = new Map<string, Network>();
  #planes = new Float32Array();

  constructor(options: NetworkInputOptions) {
    this.#options = options;
  }

  /** @throws ModelError `bad-image` where the bytes do not fit the size. */
  async prepare(picture: Picture): Promise<PreparedInput> {
    assertFits(picture);
    const { maxSide, sideMultiple, order } = this.#options;
    const fit = fitSize(picture, maxSide, sideMultiple);
    const numbers = 3 * fit.paddedWidth * fit.paddedHeight;
    if (this.#planes.length !== numbers) this.#planes = new Float32Array(numbers);
    if (isYuv(picture)) await this.#prepareYuv(picture, fit);
    else {
      const fitted = await fitImage(picture, fit);
      writePlanar(fitted, order, this.#planes);
      if (fitted.data !== picture.data) freeArrays([fitted.data]);
    }
    return { ...fit, planes: this.#planes };
  }

  async close(): Promise<void> {
    for (const network of this.#yuvNetworks.values()) await network.close();
    this.#yuvNetworks.clear();
  }

  async #prepareYuv(picture: YuvPicture, fit: Fit): Promise<void> {
    const { width, height, data } = picture;
    const network = await this.#networkFor(picture, fit);
    const { chroma, cbAt, crAt, bytes } = yuvLayout(picture);
    const chromaShape = [1, 1, chroma.height, chroma.width];
    const inputs = {
      luma: { data: data.subarray(0, cbAt), shape: [1, 1, height, width] },
      cb: { data: data.subarray(cbAt, crAt), shape: chromaShape },
      cr: { data: data.subarray(crAt, bytes), shape: chromaShape },
    };
    const shape = [1, 3, fit.paddedHeight, fit.paddedWidth];
    await network.runInto(inputs, { name: 'planes', shape, data: this.#planes });
  }

  async #networkFor({ width, height, colour }: YuvPicture, fit: Fit): Promise<Network> {
    const key = `${width}x${height} ${Object.values(colour).join(' ')}`;
    const known = this.#yuvNetworks.get(key);
    if (known) return known;
    const model = encodeYuvInput({ width, height, colour, fit, order: this.#options.order });
    const network = await openNetwork(model, { threads: 1, provider: 'cpu' });
    const [oldest] = this.#yuvNetworks;
    if (oldest && this.#yuvNetworks.size >= MAX_KEPT_SIZES) {
      this.#yuvNetworks.delete(oldest[0]);
      await oldest[1].close();
    }
    this.#yuvNetworks.set(key, network);
    return network;
  }
}

function assertFits(picture: Picture): void {
  const { width, height, data } = picture;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ModelError(
      'bad-image',
      `Expected an image of whole, positive width and height, got ${width} × ${height}.`,
    );
  }
  const bytes = isYuv(picture) ? yuvLayout(picture).bytes : width * height * 3;
  if (data.length === bytes) return;
  const layout = isYuv(picture) ? 'I420' : 'RGB24';
  throw new ModelError(
    'bad-image',
    `Expected ${bytes} bytes of ${layout} for ${width} × ${height} pixels, got ${data.length}.`,
  );
}
