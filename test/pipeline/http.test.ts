import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { requirePart } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { addressesOf, SightlineProcess, sightline } from '../support/sightline.ts';

const SECRET = 'not-to-be-seen-anywhere';
/** Nothing that grows without end may be a label: ids, hashes, paths, addresses. */
const UNBOUNDED = /[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{12}|\/|@|\d{3,}/i;

describe('health and metrics over HTTP', () => {
  const folder = temporaryFolder();
  const cwd = join(folder.path, 'cwd');
  beforeAll(async () => {
    mkdirSync(cwd);
    await makePhotos(join(folder.path, 'photos'), 2);
  });
  afterAll(folder.remove);

  const get = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
  };

  /** The text is well-formed, every name is ours, and no label tells an id or a secret. */
  function expectCleanMetrics(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      if (line.startsWith('#')) {
        expect(line).toMatch(/^# (HELP|TYPE) sightline_[a-z0-9_]+ .+$/);
        continue;
      }
      const [, labels = '', value] = line.match(/^sightline_[a-z0-9_]+(?:\{(.*)\})? (\S+)$/) ?? [];
      // An average of nothing is no number ("Nan" for prom-client; Prometheus reads it in any case).
      expect(value, line).toMatch(/^([-+]?[\d.]+(e[-+]?\d+)?|nan|[-+]inf)$/i);
      for (const [, name, label = ''] of labels.matchAll(/([a-z_]+)="([^"]*)"/g)) {
        // Bucket bounds and what Node.js itself says of its version and its handles.
        if (name !== 'le' && !line.startsWith('sightline_nodejs_')) expect(label, line).not.toMatch(UNBOUNDED);
      }
    }
    expect(text).not.toContain(SECRET);
  }

  it('`up` says that it lives, that it is ready, and what it counted; `health` agrees', async () => {
    const up = new SightlineProcess(
      ['up', '--source', '../photos', '--mode', 'every', '--pace', 'max', '--http-port', '0'],
      { cwd },
    );
    const { health } = await addressesOf(up);
    await up.says(/(stored {2}[\s\S]*){4}/);
    expect(await get(`${health}/livez`)).toMatchObject({ status: 200, text: 'ok\n' });
    const ready = await get(`${health}/readyz`);
    expect([ready.status, ready.type]).toEqual([200, 'application/json']);
    const { checks } = JSON.parse(ready.text) as { checks: { service: string; ok: boolean }[] };
    expect(new Set(checks.map(({ service }) => service))).toEqual(
      new Set(['edge-broker', 'cloud-broker', 'image-processor', 'forwarder', 'message-logger', 'face-detector']),
    );
    const metrics = await get(`${health}/metrics`);
    expect(metrics.type).toMatch(/^text\/plain/);
    expectCleanMetrics(metrics.text);
    expect(metrics.text).toMatch(/^sightline_camera_frames\{camera="camera"\} 2$/m);
    expect((await get(`${health}/nothing`)).status).toBe(404);
    expect((await fetch(`${health}/metrics`, { method: 'POST' })).status).toBe(405);

    const good = await sightline({ cwd }, 'health', '--url', health);
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/ok {3}forwarder spool\n[\s\S]*\nready\n$/)]);
    expect((await sightline({ cwd }, 'health', '--live', '--url', health)).code).toBe(0);
    expect((await up.stop()).code).toBe(0);
    const gone = await sightline({ cwd }, 'health', '--url', health);
    expect([gone.code, gone.stdout]).toEqual([5, '']);
    expect(gone.stderr).toMatch(/no answer from up at .*\n.*Is it running\?/);
    expect((await sightline({ cwd }, 'health', 'nobody')).code).toBe(2);
  });

  const ffmpeg = requirePart('ffmpeg');
  it.each(['face-detector', 'message-logger', 'forwarder', 'image-processor', 'broker'])(
    '%s alone: alive, says why it is not ready, and tells no secret',
    async (service) => {
      const [port, nowhere] = [await freePort(), await freePort()];
      const isWithCamera = service === 'face-detector' && ffmpeg.present;
      const env = {
        SIGHTLINE_DEVICE: 'gate',
        SIGHTLINE_EDGE_BROKER: `mqtt://127.0.0.1:${nowhere}`,
        SIGHTLINE_EDGE_USERNAME: 'someone',
        SIGHTLINE_EDGE_PASSWORD: SECRET,
        SIGHTLINE_CLOUD_BROKER: `mqtt://127.0.0.1:${nowhere}`,
        SIGHTLINE_CLOUD_USERNAME: 'someone',
        SIGHTLINE_CLOUD_PASSWORD: SECRET,
        SIGHTLINE_SPOOL_PATH: `./spool`,
        SIGHTLINE_BROKER_PORT: '0',
        SIGHTLINE_HTTP_PORT: String(port),
        SIGHTLINE_LOG_LEVEL: 'debug',
      };
      const source = isWithCamera ? `rtsp://someone:${SECRET}@127.0.0.1:${nowhere}/cam` : '../photos';
      const running = new SightlineProcess([service, ...(service === 'face-detector' ? ['--source', source] : [])], {
        cwd,
        env,
      });
      const url = `http://127.0.0.1:${port}`;
      const look = () => get(`${url}/readyz`).catch(() => ({ status: 0, text: '' }));
      const isReady = service === 'broker';
      const { text } = await eventually(look, ({ status, text: words }) =>
        isReady ? status === 200 : status === 503 && /ECONNREFUSED|nothing listens there/.test(words),
      );
      expect(text).not.toContain(SECRET);
      expect((await get(`${url}/livez`)).status).toBe(200);
      expectCleanMetrics((await get(`${url}/metrics`)).text);
      const asked = await sightline({ cwd, env }, 'health', service);
      expect(asked.code).toBe(isReady ? 0 : 5);
      expect(asked.stdout).toMatch(isReady ? /ready\n$/ : /FAIL[\s\S]*not ready\n$/);
      const { code, stdout, stderr } = await running.stop();
      expect([code, stdout]).toEqual([0, '']);
      expect(stderr).not.toContain(SECRET);
    },
  );
});
