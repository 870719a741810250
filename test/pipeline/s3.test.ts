import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startMoodyS3 } from '../support/moody-s3.ts';
import { partDescribe } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { addressesOf, balanceOf, SightlineProcess, sightline } from '../support/sightline.ts';

const SECRET = 'not-to-be-seen-anywhere';

partDescribe('s3', '`up` with a bucket as store', () => {
  const folder = temporaryFolder();
  const cwds = join(folder.path, 'cwds');
  let server: S3Server;

  beforeAll(async () => {
    mkdirSync(cwds);
    server = await startS3Server();
    await makePhotos(join(folder.path, 'photos'), 2);
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const scratch = (endpoint: string) => ({
    cwd: mkdtempSync(join(cwds, 'cwd-')),
    env: {
      SIGHTLINE_STORE_ENDPOINT: endpoint,
      SIGHTLINE_STORE_REGION: 'us-east-1',
      SIGHTLINE_STORE_PATH_STYLE: 'true',
      SIGHTLINE_STORE_ACCESS_KEY_ID: 'test',
      SIGHTLINE_STORE_SECRET_ACCESS_KEY: SECRET,
    },
  });
  const once = ['up', '--once', '--pace', 'max', '--source', '../../photos', '--mode', 'every', '--format', 'jpeg'];

  it('every capture is an object with its key, content type and hash', async () => {
    await server.createBucket('faces');
    const result = await sightline(scratch(server.url), ...once, '--store', 's3://faces/site-1/door');
    expect(result.code, result.stderr).toBe(0);
    const { captured, stored } = balanceOf(result);
    expect([stored, captured >= 4]).toEqual([captured, true]);
    const keys = await server.keys('faces');
    expect(keys).toHaveLength(stored);
    for (const key of keys) {
      const object = await server.read('faces', key);
      const metadata = object && readMetadata(object.bytes);
      expect(metadata && `site-1/door/${objectKey(metadata, 'jpeg')}`).toBe(key);
      expect([object?.contentType, object?.sha256]).toEqual([
        'image/jpeg',
        sha256Hex(object?.bytes ?? Buffer.alloc(0)),
      ]);
    }
    expect(result.stdout + result.stderr).not.toContain(SECRET);
  });

  it('a bucket that is not there: not ready and why, all is kept; once it is there all is stored', async () => {
    const place = scratch(server.url);
    const up = new SightlineProcess([...once, '--store', 's3://later'], place);
    const { health } = await addressesOf(up);
    await expectStoreFault(health, /NoSuchBucket|bucket/i);
    await server.createBucket('later');
    const result = await up.finished();
    const { captured, stored } = balanceOf(result);
    expect([result.code, stored]).toEqual([0, captured]);
    expect(await server.keys('later')).toHaveLength(stored);
  });

  it('a store that refuses the secret: not ready and why, all is kept for the next run', async () => {
    const forbidding = await startMoodyS3('forbids');
    const place = scratch(forbidding.url);
    const up = new SightlineProcess([...once, '--store', 's3://faces'], place);
    const { health } = await addressesOf(up);
    const detail = await expectStoreFault(health, /403 AccessDenied.*credentials/);
    const result = await up.stop('SIGINT');
    const { captured, stored, refused, pending } = balanceOf(result);
    expect([result.code, stored, refused, pending]).toEqual([5, 0, 0, captured]);
    expect(result.stdout + result.stderr + detail).not.toContain(SECRET);
    forbidding.mood = 'works';
    const next = balanceOf(await sightline(place, ...once, '--store', 's3://faces'));
    forbidding.stop();
    expect([next.captured, next.stored]).toEqual([2 * captured, 2 * captured]);
    expect([...forbidding.objects.keys()].filter((key) => decodeURIComponent(key).includes('/device='))).toHaveLength(
      2 * captured,
    );
  });

  /** Waits until some captures are kept and the store is said to be at fault; gives its words. */
  async function expectStoreFault(health: string, words: RegExp): Promise<string> {
    const look = async () => {
      const response = await fetch(`${health}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail?: string }[] };
      return { status: response.status, checks };
    };
    const { status, checks } = await eventually(look, ({ checks: all }) => {
      return (
        all.some(({ detail }) => detail === 'ended') &&
        words.test(all.find(({ name }) => name === 'store')?.detail ?? '')
      );
    });
    expect(status).toBe(503);
    const pending = async () =>
      (await (await fetch(`${health}/metrics`)).text()).match(/^sightline_spool_captures (\d+)$/m)?.[1];
    await eventually(pending, (count) => Number(count) >= 4);
    return checks.find(({ name }) => name === 'store')?.detail ?? '';
  }
});
