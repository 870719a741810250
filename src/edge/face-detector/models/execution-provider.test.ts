import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import {
  acceleratorError,
  type Backend,
  executionProviders,
  type Provider,
  strictOptions,
} from './execution-provider.ts';
import { ModelError } from './model-error.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { type Network, openNetwork, requireOnnxRuntime } from './onnx-session.ts';

const build = (...names: string[]): Backend[] => names.map((name) => ({ name, bundled: true }));

function fault(run: () => unknown): ModelError {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('Expected a ModelError, got none');
}

describe('executionProviders', () => {
  it.each<[Provider, Backend[], string[]]>([
    ['cpu', build('cpu'), ['cpu']],
    ['cuda', build('cpu', 'cuda'), ['cuda']],
    ['tensorrt', build('cpu', 'cuda', 'tensorrt'), ['tensorrt', 'cuda']],
    ['tensorrt', build('cpu', 'tensorrt'), ['tensorrt']],
    ['coreml', build('cpu', 'coreml', 'webgpu'), ['coreml']],
    ['directml', build('cpu', 'dml', 'webgpu'), ['dml']],
    ['openvino', build('cpu', 'openvino'), ['openvino']],
  ])('%s with %j', (provider, backends, names) => {
    expect(executionProviders(provider, backends)).toEqual(names);
  });

  it('names what the build has, in the words of the configuration', () => {
    const error = fault(() => executionProviders('openvino', build('cpu', 'dml', 'webgpu')));
    expect(error.message).toBe(
      'detector.provider: Expected one that the installed ONNX Runtime has (cpu, directml), got openvino.',
    );
    expect(error).toMatchObject({ code: 'provider-missing', exitCode: EXIT_CODES.missingPart });
  });
});

it('tells an accelerator without its libraries from one that refuses', () => {
  const cause = new Error('Failed to load shared library');
  const bare = acceleratorError('cuda', [{ name: 'cuda', bundled: false }], cause);
  expect(bare.message).toBe('Expected cuda to run a face model, got: Failed to load shared library');
  expect(bare.hint).toContain('do not come with the npm package');
  expect(acceleratorError('cuda', build('cuda'), cause).hint).toContain('all of the model');
});

/** A network that doubles numbers. */
function doubling(): Uint8Array {
  const graph = new OnnxGraph('doubling');
  const input = graph.input('numbers', 'float32', [3]);
  graph.output(graph.node('Mul', [input, graph.floats(Float32Array.of(2), [1])], {}, 'doubled'), 'float32', [3]);
  return graph.encode();
}

describe('openNetwork', () => {
  it.each<Provider>(['cuda', 'tensorrt', 'coreml', 'directml', 'openvino'])(
    'runs on %s, or says that it is not there',
    async (provider) => {
      const network = await openNetwork(doubling(), { threads: 1, provider }).catch((error: unknown) => error);
      if (network instanceof ModelError) {
        expect(network.code).toBe('provider-missing');
        expect(network.message).toContain(provider);
        return;
      }
      const numbers = { data: Float32Array.of(1, 2, 3), shape: [3] };
      const doubled = await (network as Network).run({ numbers }, (outputs) => [...(outputs.doubled ?? [])]);
      expect(doubled).toEqual([2, 4, 6]);
    },
  );

  it('asks for an accelerator in a way that ONNX Runtime itself refuses to leave anything to the processor', async () => {
    const { InferenceSession } = requireOnnxRuntime();
    const onProcessor = InferenceSession.create(doubling(), { executionProviders: ['cpu'], ...strictOptions('cuda') });
    await expect(onProcessor).rejects.toThrow('fallback to CPU EP has been explicitly disabled');
  });
});
