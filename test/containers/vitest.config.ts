import { defineConfig } from 'vitest/config';

/** The proof with a real Docker engine: `npm run test:containers`. The files share one engine, so they go one after another. */
// biome-ignore lint/style/noDefaultExport: what the tool reads
export default defineConfig({
  test: {
    include: ['test/containers/*.test.ts'],
    globalSetup: ['test/containers/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    pool: 'forks',
    reporters: ['verbose'],
    // Progress is seen while it happens.
    disableConsoleIntercept: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
