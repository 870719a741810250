import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { errorMessage } from '../../../platform/sightline-error.ts';
import { freeArrays } from '../free-arrays.ts';
import { acceleratorError, executionProviders, type Provider, strictOptions } from './execution-provider.ts';
import { ModelError } from './model-error.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

const PACKAGE = 'onnxruntime-node';

/** Where and with how much of the machine a network runs. */
export interface RunOptions {
  readonly threads: number;
  readonly provider: Provider;
}

/** A network in memory: numbers in, numbers out. */
export interface Network {
  /** @param read is given the outputs by name; they are freed when it returns. */
  run<Result>(
    inputs: Readonly<Record<string, TensorInput>>,
    read: (outputs: Readonly<Record<string, Float32Array>>) => Result,
  ): Promise<Result>;
  /** Has one output written into memory that is there already: 3 MB of fresh pages cost 1 ms. */
  runInto(
    inputs: Readonly<Record<string, TensorInput>>,
    output: { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array },
  ): Promise<void>;
  close(): Promise<void>;
}

export interface TensorInput {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/**
 * @param from module from which the package is looked up.
 * @throws ModelError `package-missing`, or `runtime-failed` where its binary does not load.
 */
export function requireOnnxRuntime(from: string = import.meta.url): OnnxRuntime {
  const require = createRequire(from);
  try {
    require.resolve(PACKAGE);
  } catch (cause) {
    throw new ModelError(
      'package-missing',
      `Expected the npm package ${PACKAGE} (it runs the face models), found none.`,
      {
        hint: 'Run "ONNXRUNTIME_NODE_INSTALL=skip npm install --include=optional" in Sightline\'s folder.',
        cause,
      },
    );
  }
  // From version 1.29 on it tells its maker about each process that loads it: docs/decisions/no-telemetry-from-onnx-runtime.md
  process.env.ORT_DISABLE_TELEMETRY = '1';
  try {
    return require(PACKAGE) as OnnxRuntime;
  } catch (cause) {
    const machine = `${process.platform}-${process.arch}`;
    throw new ModelError('runtime-failed', `Expected ${PACKAGE} to load on ${machine}, got: ${errorMessage(cause)}`, {
      hint: 'It needs Linux with glibc (not musl), macOS or Windows, on x64 or arm64.',
      cause,
    });
  }
}

/**
 * @param model a serialized ONNX model; not needed after this.
 * @throws ModelError `package-missing`; `provider-missing` where the accelerator is not there or can't run all of the model;
 * `runtime-failed` where the model is not for this machine.
 */
export async function openNetwork(model: Uint8Array, { threads, provider }: RunOptions): Promise<Network> {
  const { InferenceSession, Tensor, listSupportedBackends } = requireOnnxRuntime();
  const backends = listSupportedBackends();
  const session: InferenceSession = await InferenceSession.create(model, {
    executionProviders: executionProviders(provider, backends),
    ...strictOptions(provider),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Measured: the pattern keeps a second copy of all activations, 20–30 MB, and saves no time.
    enableMemPattern: false,
  }).catch((cause: unknown) => {
    if (provider !== 'cpu') throw acceleratorError(provider, backends, cause);
    throw new ModelError('runtime-failed', `Expected ONNX Runtime to run a face model, got: ${errorMessage(cause)}`, {
      cause,
    });
  });
  const toTensors = (inputs: Readonly<Record<string, TensorInput>>): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('uint8', data, shape),
      ]),
    );
  return {
    async runInto(inputs, { name, shape, data }) {
      await session.run(toTensors(inputs), { [name]: new Tensor('float32', data, shape) });
    },
    async run(inputs, read) {
      const outputs = await session.run(toTensors(inputs));
      const arrays = Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
      );
      try {
        return read(arrays);
      } finally {
        freeArrays(Object.values(arrays));
      }
    },
    close: () => session.release(),
  };
}
