import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    // They need root and a Docker engine: `npm run test:containers`.
    exclude: ['test/containers/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for brokers, cameras and clocks: on two cores three at a time lose nothing.
    maxWorkers: 3,
    // node:sqlite says at each start that it is experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
