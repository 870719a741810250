import { existsSync } from 'node:fs';
import { buildImages, isEngineRunning, startEngine, stopEngine, useEngine, whyNoEngine } from './engine.ts';
import { progress } from './progress.ts';

/**
 * Takes the engine, and builds the images from this checkout. Where there can be no engine, the tests are skipped and say why; with
 * `SIGHTLINE_TEST_REQUIRE_ALL=1` that is an error for root on Debian and Ubuntu. `SIGHTLINE_TEST_IMAGES=present` tests the images that the engine has.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const reason = await whyNoEngine();
  process.env.SIGHTLINE_TEST_NO_ENGINE = reason;
  if (reason !== '') {
    if (process.env.SIGHTLINE_TEST_REQUIRE_ALL !== '1' || !canHaveEngine()) return undefined;
    throw new Error(`Expected a Docker engine (SIGHTLINE_TEST_REQUIRE_ALL=1): ${reason}`);
  }
  const isSomebodyElses = await isEngineRunning();
  progress(isSomebodyElses ? 'the engine runs' : 'starting the engine');
  const takesWhatIsThere = process.env.SIGHTLINE_TEST_IMAGES === 'present';
  if (!isSomebodyElses || !takesWhatIsThere) await startEngine();
  await useEngine();
  if (!takesWhatIsThere) await buildImages();
  progress('images are there');
  return isSomebodyElses ? undefined : stopEngine;
}

/** Root on Debian or Ubuntu gets one by set-up. */
function canHaveEngine(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
