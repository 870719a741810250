import type { Config } from '../../../platform/config/schema.ts';
import { errorMessage } from '../../../platform/sightline-error.ts';
import { ModelError } from './model-error.ts';

/** What runs a model, as the configuration calls it. */
export type Provider = Config['detector']['provider'];

/** What `listSupportedBackends()` of onnxruntime-node says of the build that is installed. */
export interface Backend {
  readonly name: string;
  /** Are its libraries in the package too? */
  readonly bundled: boolean;
}

const RUNTIME_NAMES: Readonly<Record<Provider, string>> = {
  cpu: 'cpu',
  cuda: 'cuda',
  tensorrt: 'tensorrt',
  coreml: 'coreml',
  directml: 'dml',
  openvino: 'openvino',
};

/**
 * ONNX Runtime's own names of the execution providers to ask for, the first first. TensorRT leaves what it can't run to CUDA, where
 * the build has both.
 * @throws ModelError `provider-missing` where the build does not have it. A list with a provider that is missing would only be warned
 * of, and shortened.
 */
export function executionProviders(provider: Provider, backends: readonly Backend[]): string[] {
  const has = (wanted: Provider) => backends.some(({ name }) => name === RUNTIME_NAMES[wanted]);
  if (!has(provider)) {
    const known = (Object.keys(RUNTIME_NAMES) as Provider[]).filter(has);
    throw new ModelError(
      'provider-missing',
      `detector.provider: Expected one that the installed ONNX Runtime has (${known.join(', ')}), got ${provider}.`,
      { hint: 'docs/operating.md says which build has which accelerator; cpu is always there.' },
    );
  }
  const names = [RUNTIME_NAMES[provider]];
  return provider === 'tensorrt' && has('cuda') ? [...names, RUNTIME_NAMES.cuda] : names;
}

/**
 * Options of a session that runs there wholly or not at all: what an accelerator can't run would otherwise go to the processor without
 * a word, all of the model if need be.
 */
export function strictOptions(provider: Provider): { extra?: Record<string, unknown> } {
  // onnxruntime_session_options_config_keys.h: kOrtSessionOptionsDisableCPUEPFallback.
  return provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } };
}

/** What is wrong with an accelerator that the build knows, and that refused the model. */
export function acceleratorError(provider: Provider, backends: readonly Backend[], cause: unknown): ModelError {
  const isBundled = backends.some(({ name, bundled }) => name === RUNTIME_NAMES[provider] && bundled);
  const hint = isBundled
    ? 'It is needed with its driver, and it must be able to run all of the model.'
    : 'Its libraries do not come with the npm package, and the device needs its driver: see docs/operating.md.';
  return new ModelError(
    'provider-missing',
    `Expected ${provider} to run a face model, got: ${errorMessage(cause).trim()}`,
    {
      hint: `${hint} detector.provider cpu is always there.`,
      cause,
    },
  );
}
