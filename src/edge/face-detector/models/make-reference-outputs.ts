/**
 * Makes reference-outputs.json: the same weights on the same pixels, run by face-api's own code on tfjs (`cpu` backend)
 * in a headless Chromium. Run it after a change of the weights:
 *
 *   npx node src/edge/face-detector/models/make-reference-outputs.ts [CHROMIUM]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { argv } from 'node:process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import { WEIGHTS_PACKAGE, WEIGHTS_PACKAGE_VERSION, weightsFolder } from './package-weights.ts';
import { REFERENCE_SIDE, type ReferencePicture, referencePicture } from './reference-picture.ts';
import { sha256Hex } from './verified-file.ts';

const SQUARES = [
  { photo: 'sample1.jpg', left: 200, top: 130 },
  { photo: 'sample2.jpg', left: 400, top: 200 },
  { photo: 'sample4.jpg', left: 500, top: 300 },
  { photo: 'sample6.jpg', left: 300, top: 400 },
];
const KEPT_SCORE = 0.05;
const KEPT_EVERY = 97;
const FACES = 3;

interface RawOutputs {
  readonly boxes: number[][];
  readonly scores: number[];
}

/** Serves the package's folder on loopback, and the current picture's bytes as `/pixels`. */
async function serve(pixels: () => Uint8Array): Promise<{ origin: string; close: () => void }> {
  const root = dirname(weightsFolder());
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end('<!doctype html><script src="/dist/face-api.js"></script>');
      return;
    }
    try {
      response.end(path === '/pixels' ? pixels() : await readFile(join(root, normalize(path))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

async function loadNetworks(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    await faceapi.tf.setBackend('cpu');
    await faceapi.tf.ready();
    await faceapi.nets.ssdMobilenetv1.loadFromUri('/model');
    await faceapi.nets.faceLandmark68TinyNet.loadFromUri('/model');
    globalThis.picture = async () => faceapi.tf.tensor3d(
      new Uint8Array(await (await fetch('/pixels')).arrayBuffer()), [${REFERENCE_SIDE}, ${REFERENCE_SIDE}, 3], 'int32');
  })()`);
}

async function detect(page: Page): Promise<RawOutputs> {
  return await page.evaluate(`(async () => {
    const { boxes, scores } = await faceapi.nets.ssdMobilenetv1.forward(await picture());
    return { boxes: await boxes[0].array(), scores: await scores[0].array() };
  })()`);
}

async function findLandmarks(page: Page, box: readonly number[]): Promise<number[]> {
  return await page.evaluate(`(async () => {
    const [face] = await faceapi.extractFaceTensors(await picture(), [new faceapi.Rect(${box.join(', ')})]);
    return (await faceapi.nets.faceLandmark68TinyNet.forward(face)).array().then(([points]) => points);
  })()`);
}

/** The best faces as boxes in pixels, one more of them moved beyond the left border. */
function chooseFaces({ boxes, scores }: RawOutputs): number[][] {
  const candidates = boxes.flatMap(([top = 0, left = 0, bottom = 0, right = 0], anchor) => {
    const score = scores[anchor] ?? 0;
    return score < 0.3 ? [] : [{ score, box: { x: left, y: top, width: right - left, height: bottom - top } }];
  });
  const faces = suppressNonMaxima(candidates, 0.3)
    .slice(0, FACES)
    .map(({ box }) => [box.x, box.y, box.width, box.height].map((number) => number * REFERENCE_SIDE));
  const [[x = 0, y = 0, width = 0, height = 0] = []] = faces;
  return [...faces, [-width / 4, y, width, height], [x, y, width, height / 2]].map((box) => box.map(shorten));
}

async function makePicture(page: Page, square: (typeof SQUARES)[number], pixels: Uint8Array, photoSha256: string) {
  const raw = await detect(page);
  const anchors = raw.boxes.flatMap((box, anchor) => {
    const score = raw.scores[anchor] ?? 0;
    return score >= KEPT_SCORE || anchor % KEPT_EVERY === 0 ? [[anchor, ...box.map(shorten), shorten(score)]] : [];
  });
  const faces: ReferencePicture['faces'][number][] = [];
  for (const box of chooseFaces(raw)) {
    faces.push({ box, landmarks: (await findLandmarks(page, box)).map(shorten) });
  }
  return { ...square, photoSha256, pixelsSha256: sha256Hex(pixels), anchors, faces } satisfies ReferencePicture;
}

/** Seven digits: a hundred times finer than what the test allows. */
function shorten(number: number): number {
  return Number(number.toPrecision(7));
}

async function makeReferenceOutputs(browser: Browser): Promise<void> {
  let pixels: Uint8Array = new Uint8Array();
  const server = await serve(() => pixels);
  try {
    const page = await browser.newPage();
    await page.goto(server.origin);
    await loadNetworks(page);
    const pictures: string[] = [];
    for (const square of SQUARES) {
      const { image, photoSha256 } = await referencePicture(square.photo, square.left, square.top);
      pixels = image.data;
      pictures.push(JSON.stringify(await makePicture(page, square, pixels, photoSha256)));
    }
    const madeBy = `${WEIGHTS_PACKAGE} ${WEIGHTS_PACKAGE_VERSION}, tfjs cpu backend, Chromium ${browser.version()}`;
    const text = `{"madeBy":${JSON.stringify(madeBy)},"pictures":[\n${pictures.join(',\n')}\n]}\n`;
    await writeFile(join(import.meta.dirname, 'reference-outputs.json'), text);
  } finally {
    server.close();
  }
}

const browser = await chromium.launch({
  executablePath: argv[2] ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});
try {
  await makeReferenceOutputs(browser);
} finally {
  await browser.close();
}
