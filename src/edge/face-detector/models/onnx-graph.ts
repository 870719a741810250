import { freeArrays } from '../free-arrays.ts';
import { ProtobufMessage } from './protobuf.ts';

export type ElementType = 'float32' | 'uint8' | 'int64';

export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string };

/** A size, or the name of a size that is known only when the graph runs. */
export type Dimension = number | string;

const ELEMENT_TYPE_CODE = { float32: 1, uint8: 2, int64: 7 } as const satisfies Record<ElementType, number>;
const ATTRIBUTE_TYPE_CODE = { int: 2, string: 3, ints: 7 } as const satisfies Record<Attribute['type'], number>;
const IR_VERSION = 7;
const OPSET_VERSION = 13;

/**
 * An ONNX model being put together in memory: operator set 13, one graph. Field numbers are those of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Values are referred to by the names that the methods return.
 */
export class OnnxGraph {
  readonly #name: string;
  readonly #nodes: ProtobufMessage[] = [];
  readonly #initializers: ProtobufMessage[] = [];
  readonly #inputs: ProtobufMessage[] = [];
  readonly #outputs: ProtobufMessage[] = [];
  readonly #arrays: Float32Array[] = [];
  #values = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(value: string, type: ElementType, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(value, type, shape));
  }

  /** Constant numbers, row-major. The array is the graph's from now on: `encode()` frees it. */
  floats(data: Float32Array, shape: readonly number[]): string {
    this.#arrays.push(data);
    return this.#initializer('float32', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#initializer('int64', [values.length], new Uint8Array(data.buffer));
  }

  /** @returns the name of the node's only output, or `outputName` where one is given. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputName = this.#nextName(),
  ): string {
    const node = new ProtobufMessage();
    for (const input of inputs) node.string(1, input);
    node.string(2, outputName).string(4, operator);
    for (const [name, attribute] of Object.entries(attributes)) node.message(5, encodeAttribute(name, attribute));
    this.#nodes.push(node);
    return outputName;
  }

  /** The ModelProto, ready for `InferenceSession.create`. Can be called once, because it frees the constants. */
  encode(): Uint8Array {
    const graph = new ProtobufMessage();
    for (const node of this.#nodes) graph.message(1, node);
    graph.string(2, this.#name);
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const operatorSet = new ProtobufMessage().string(1, '').varint(2, OPSET_VERSION);
    const model = new ProtobufMessage()
      .varint(1, IR_VERSION)
      .string(2, 'sightline')
      .message(7, graph)
      .message(8, operatorSet)
      .encode();
    freeArrays(this.#arrays);
    return model;
  }

  #initializer(type: ElementType, shape: readonly number[], rawData: Uint8Array): string {
    const name = this.#nextName();
    const tensor = new ProtobufMessage();
    for (const size of shape) tensor.varint(1, size);
    tensor.varint(2, ELEMENT_TYPE_CODE[type]).string(8, name).bytes(9, rawData);
    this.#initializers.push(tensor);
    return name;
  }

  #nextName(): string {
    this.#values += 1;
    return `v${this.#values}`;
  }
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): ProtobufMessage {
  const shapeMessage = new ProtobufMessage();
  for (const size of shape) {
    const dimension = new ProtobufMessage();
    if (typeof size === 'number') dimension.varint(1, size);
    else dimension.string(2, size);
    shapeMessage.message(1, dimension);
  }
  const tensorType = new ProtobufMessage().varint(1, ELEMENT_TYPE_CODE[type]).message(2, shapeMessage);
  return new ProtobufMessage().string(1, name).message(2, new ProtobufMessage().message(1, tensorType));
}

function encodeAttribute(name: string, attribute: Attribute): ProtobufMessage {
  const message = new ProtobufMessage().string(1, name).varint(20, ATTRIBUTE_TYPE_CODE[attribute.type]);
  switch (attribute.type) {
    case 'int':
      return message.varint(3, attribute.value);
    case 'string':
      return message.string(4, attribute.value);
    case 'ints':
      for (const value of attribute.value) message.varint(8, value);
      return message;
  }
}
