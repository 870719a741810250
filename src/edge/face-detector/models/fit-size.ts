/** How a picture is made to fit a network's input. */
export interface Fit {
  /** Size of the shrunk picture. */
  readonly width: number;
  readonly height: number;
  /** Size of the input: the shrunk picture and black to its right and below it. */
  readonly paddedWidth: number;
  readonly paddedHeight: number;
  /** Pixels of the source per pixel of the input, along x and along y: rounding makes them differ slightly. */
  readonly scaleX: number;
  readonly scaleY: number;
}

/** The longer side has at most `maxSide` pixels, the picture is never enlarged, its aspect is kept, both sides become multiples of `multiple`. */
export function fitSize(
  picture: { readonly width: number; readonly height: number },
  maxSide: number,
  multiple: number,
): Fit {
  const shrink = Math.min(1, maxSide / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * shrink));
  const height = Math.max(1, Math.round(picture.height * shrink));
  return {
    width,
    height,
    paddedWidth: Math.ceil(width / multiple) * multiple,
    paddedHeight: Math.ceil(height / multiple) * multiple,
    scaleX: picture.width / width,
    scaleY: picture.height / height,
  };
}
