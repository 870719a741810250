import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { PHOTOS } from '../support/photos.ts';
import { SightlineProcess } from '../support/sightline.ts';

it('finds faces without leaving a device id of ONNX Runtime’s maker behind, which its telemetry would', async () => {
  const { path: home, remove } = temporaryFolder();
  onTestFinished(remove);
  // Where CI is set it is silent by itself, and what somebody has set before must not matter.
  const quiet = { HOME: home, XDG_CACHE_HOME: '', CI: '', GITHUB_ACTIONS: '', ORT_DISABLE_TELEMETRY: '' };
  const detect = new SightlineProcess(['detect', PHOTOS[0] ?? '', '--json'], { cwd: home, env: quiet });
  expect(await detect.finished()).toMatchObject({ code: 0 });
  expect(readdirSync(home, { recursive: true, encoding: 'utf8' })).toEqual([]);
});
