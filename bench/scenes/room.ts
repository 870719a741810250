import sharp from 'sharp';
import { Random } from '../../test/support/random.ts';
import { loadPhoto } from './portraits.ts';
import { FRAME_HEIGHT, FRAME_WIDTH } from './scene.ts';
import type { Canvas } from './sprite.ts';

const FLOOR_AT = 0.78;

/** A made-up room: a wall with texture, a floor of boards, a door, a window, pictures, a shelf. */
export async function paintRoom(seed: number): Promise<Canvas> {
  const random = new Random(seed);
  const hue = random.between(0, 360);
  const floor = FRAME_HEIGHT * FLOOR_AT;
  const shapes = [
    `<defs><linearGradient id="wall" x2="0.4" y2="1"><stop stop-color="hsl(${hue} 22% 72%)"/>`,
    `<stop offset="1" stop-color="hsl(${hue + 25} 26% 48%)"/></linearGradient></defs>`,
    rectangle(0, 0, FRAME_WIDTH, FRAME_HEIGHT, 'url(#wall)'),
    rectangle(0, floor, FRAME_WIDTH, FRAME_HEIGHT - floor, 'hsl(28 35% 34%)'),
    rectangle(0, floor - 14, FRAME_WIDTH, 14, 'hsl(30 12% 82%)'),
  ];
  for (let x = -400; x < FRAME_WIDTH + 400; x += 55) {
    shapes.push(line(x, FRAME_HEIGHT, FRAME_WIDTH / 2 + (x - FRAME_WIDTH / 2) * 0.6, floor, 'hsl(25 40% 22%)'));
  }
  shapes.push(window(random.between(120, 320)), door(random.between(850, 1050)), shelf(random));
  for (let i = 0; i < 3; i += 1) {
    const [x, y, side] = [random.between(400, 800), random.between(40, 300), random.between(50, 120)];
    shapes.push(rectangle(x, y, side * 1.3, side, 'hsl(30 30% 25%)'));
    shapes.push(rectangle(x + 6, y + 6, side * 1.3 - 12, side - 12, `hsl(${random.between(0, 360)} 40% 55%)`));
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${FRAME_WIDTH}" height="${FRAME_HEIGHT}">${shapes.join('')}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten().blur(1.2).toColourspace('srgb').raw().toBuffer();
  return { width: FRAME_WIDTH, height: FRAME_HEIGHT, data: roughened(data, random) };
}

/** A part of a photograph without faces, far out of focus; never the part where somebody is. */
export async function blurredStairs(): Promise<Canvas> {
  const { data, width, height } = await loadPhoto('sample5.jpg');
  const background = sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left: 0, top: 90, width: 520, height: 292 })
    .resize(FRAME_WIDTH, FRAME_HEIGHT)
    .blur(9);
  return { width: FRAME_WIDTH, height: FRAME_HEIGHT, data: await background.raw().toBuffer() };
}

/** Plaster: unevenness at three sizes. */
function roughened(data: Buffer, random: Random): Buffer {
  for (const { side, deviation } of [
    { side: 1, deviation: 2 },
    { side: 5, deviation: 2.5 },
    { side: 40, deviation: 3 },
  ]) {
    const across = Math.ceil(FRAME_WIDTH / side);
    const levels = Array.from({ length: across * Math.ceil(FRAME_HEIGHT / side) }, () => random.normal(deviation));
    for (let pixel = 0; pixel < FRAME_WIDTH * FRAME_HEIGHT; pixel += 1) {
      const cell =
        Math.floor(Math.floor(pixel / FRAME_WIDTH) / side) * across + Math.floor((pixel % FRAME_WIDTH) / side);
      for (let at = pixel * 3; at < pixel * 3 + 3; at += 1) {
        data[at] = Math.min(255, Math.max(0, (data[at] as number) + (levels[cell] as number)));
      }
    }
  }
  return data;
}

function window(x: number): string {
  return (
    rectangle(x, 60, 260, 300, 'hsl(30 10% 88%)') +
    rectangle(x + 12, 72, 112, 276, 'hsl(205 55% 80%)') +
    rectangle(x + 136, 72, 112, 276, 'hsl(205 50% 76%)')
  );
}

function door(x: number): string {
  return (
    rectangle(x, 150, 210, 412, 'hsl(25 30% 28%)') +
    rectangle(x + 12, 162, 186, 400, 'hsl(25 38% 40%)') +
    rectangle(x + 170, 360, 14, 30, 'hsl(45 60% 60%)')
  );
}

function shelf(random: Random): string {
  const [left, top] = [random.between(420, 560), 380];
  let books = rectangle(left, top, 320, 182, 'hsl(25 30% 22%)');
  for (const row of [top + 10, top + 98]) {
    for (let x = left + 8; x < left + 295; ) {
      const [width, height] = [random.between(10, 26), random.between(48, 76)];
      books += rectangle(
        x,
        row + 78 - height,
        width,
        height,
        `hsl(${random.between(0, 360)} 45% ${random.between(25, 60)}%)`,
      );
      x += width + 1;
    }
  }
  return books;
}

function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}" stroke-width="2"/>`;
}
