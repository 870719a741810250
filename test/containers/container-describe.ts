import { describe } from 'vitest';

/** `describe` for tests that need the engine: skipped where there can be none, and the title then says why. */
export function containerDescribe(title: string, tests: () => void): void {
  const reason = process.env.SIGHTLINE_TEST_NO_ENGINE ?? 'started without test/containers/vitest.config.ts';
  describe.skipIf(reason !== '')(reason === '' ? title : `${title} (skipped: ${reason})`, tests);
}
