import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedMetadata, readIdentity, readMetadata } from '../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../src/contract/fixtures/sample-metadata.ts';
import { decodedPixels, pattern, TEST_IMAGES } from '../src/contract/fixtures/test-images.ts';
import { verifyImage } from '../src/contract/image/image.ts';
import { partDescribe } from './support/parts.ts';

const run = promisify(execFile);
const IMAGES = Object.entries(TEST_IMAGES).map(([name, make]) => ({ name, make, extension: name.split(' ')[0] }));

/** One of each kind of container: exiftool takes a third of a second to rewrite one. */
const REWRITTEN = IMAGES.filter(({ name }) =>
  /^png (rgb|grey 1 bit|with.*|animated)$|^jpeg (b|with)|^webp (lossy|lossless|with)/.test(name),
);

/** Names and values as exiftool prints them: each name with a capital, dates with colons, points as text. */
function asExiftoolShows(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((point) => point.join(' '));
  if (typeof value === 'string') return value.replace(/^(\d{4})-(\d\d)-(\d\d)T/, '$1:$2:$3 ');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name.replace(/^./, (first) => first.toUpperCase()),
      asExiftoolShows(field),
    ]),
  );
}

partDescribe('exiftool', 'the real exiftool', () => {
  let folder: string;
  let files = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-exiftool-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function fileOf(bytes: Buffer, extension: string | undefined): Promise<string> {
    files += 1;
    const file = join(folder, `${files}.${extension}`);
    await writeFile(file, bytes);
    return file;
  }

  /** All XMP fields and warnings, by exiftool's names of their groups: XMP-sightline, XMP-xmp, ExifTool. */
  async function shown(bytes: Buffer, extension: string | undefined): Promise<Record<string, Record<string, unknown>>> {
    const file = await fileOf(bytes, extension);
    const flags = ['-j', '-g1', '-struct', '-charset', 'utf8', '-XMP:all', '-Warning', '-Error'];
    const { stdout } = await run('exiftool', [...flags, file]);
    return JSON.parse(stdout)[0];
  }

  /** What exiftool leaves of an image after it has written these tags into it. */
  async function rewritten(image: Buffer, extension: string | undefined, ...flags: string[]): Promise<Buffer> {
    const file = await fileOf(image, extension);
    await run('exiftool', ['-overwrite_original', ...flags, file]);
    return readFile(file);
  }

  it.each(IMAGES)('shows every field that we write into a $name, and no new warning', async ({ make, extension }) => {
    const image = await make();
    const fields = await shown(embedMetadata(image, sampleMetadata()), extension);
    expect(fields['XMP-sightline']).toEqual(asExiftoolShows(sampleMetadata()));
    expect(fields['XMP-xmp']).toEqual({
      CreateDate: '2025:07:18 23:59:59.968Z',
      CreatorTool: sampleMetadata().software,
    });
    expect(fields['XMP-dc']).toBeUndefined();
    expect(fields.ExifTool).toEqual((await shown(image, extension)).ExifTool);
  });

  it('shows metadata without a visit and without landmarks, and leaves it so when it rewrites it', async () => {
    const { visit: _, ...metadata } = sampleMetadata({ landmarks: [] });
    const capture = embedMetadata(await pattern(8, 8, 3).png().toBuffer(), metadata);
    expect((await shown(capture, 'png'))['XMP-sightline']).toEqual({
      ...(asExiftoolShows(metadata) as Record<string, unknown>),
      Landmarks: '',
    });
    expect(readMetadata(await rewritten(capture, 'png', '-XMP-dc:Title=At the gate'))).toEqual(metadata);
  });

  it.each(REWRITTEN)(
    'rewrites the packet of a $name in its own way, and we still read it',
    async ({ make, extension }) => {
      const capture = embedMetadata(await make(), sampleMetadata());
      const changed = await rewritten(capture, extension, '-XMP-dc:Title=At the gate', '-XMP-xmp:Rating=3');
      expect(changed.equals(capture)).toBe(false);
      expect(readMetadata(changed)).toEqual(sampleMetadata());
      await expect(verifyImage(changed)).resolves.toMatchObject({ width: 33, height: 21 });
      const again = embedMetadata(changed, sampleMetadata({ seq: 13 }));
      expect(readMetadata(again)?.seq).toBe(13);
      expect(again.includes('At the gate')).toBe(false);
      expect(await decodedPixels(again)).toEqual(await decodedPixels(capture));
    },
  );

  it.each<[string, string[]]>([
    ['as attributes and nested descriptions', ['-api', 'Compact=Shorthand']],
    ['without indentation and padding', ['-api', 'Compact=NoPadding,NoIndent,NoNewline']],
    ['all in one description', ['-api', 'Compact=OneDesc']],
    ['compressed where the format can', ['-z']],
  ])('rewrites the packet %s, and we still read it', async (_, flags) => {
    for (const [name, extension] of [
      ['png rgb', 'png'],
      ['jpeg baseline', 'jpeg'],
      ['webp lossy', 'webp'],
    ] as const) {
      const capture = embedMetadata((await TEST_IMAGES[name]?.()) ?? Buffer.alloc(0), sampleMetadata());
      const changed = await rewritten(capture, extension, ...flags, '-XMP-dc:Title=At the gate');
      expect(changed.equals(capture)).toBe(false);
      expect(readMetadata(changed)).toEqual(sampleMetadata());
    }
  });

  it('takes our metadata out again, and leaves a bare image', async () => {
    const capture = embedMetadata(await pattern(33, 21, 3).jpeg().toBuffer(), sampleMetadata());
    const bare = await rewritten(capture, 'jpeg', '-XMP:all=');
    expect(readIdentity(bare)).toBeUndefined();
  });
});
