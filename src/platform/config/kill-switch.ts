/**
 * `SIGHTLINE_TEST_KILL_AT`, for tests alone: `<kill point>[:<n-th pass>]`. Apart from the configuration, because the spool's
 * thread reads it too and loads nothing large.
 */
export const KILL_AT: string | undefined = process.env.SIGHTLINE_TEST_KILL_AT;
