import { resolve } from 'node:path';
import type { Detection } from '../edge/face-detector/detection.ts';
import { loadFaceModel } from '../edge/face-detector/models/face-model.ts';
import { measureQuality } from '../edge/face-detector/quality/quality.ts';
import { decodeImage } from '../edge/face-detector/sources/decode-image.ts';
import { SourceError } from '../edge/face-detector/sources/source-error.ts';
import { loadConfig } from '../platform/config.ts';
import type { ExitCode } from '../platform/exit-codes.ts';
import type { CommandIo } from './command.ts';
import { drawFaces } from './draw-faces.ts';
import { readFlags, usageFault } from './flags.ts';
import { forEachImage, ImageFileError, requireFile } from './image-files.ts';

const FLAGS = { config: 'string', model: 'string', 'min-score': 'string', draw: 'string', json: 'boolean' } as const;

/** `sightline detect`; apart from its description, because it loads what decodes images. */
export async function detectImages(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = readFlags('detect', args, FLAGS, { min: 1, max: Number.POSITIVE_INFINITY, what: 'an image' });
  const draw = flags.text('draw');
  const [first = ''] = flags.positionals;
  if (draw !== undefined && (flags.positionals.length > 1 || resolve(draw) === resolve(first))) {
    throw usageFault(
      'detect',
      'Expected --draw with one image and another file to write, got several images or the same file',
    );
  }
  const { detector, models } = loadConfig({ file: flags.text('config'), flags: layer(flags.text) }).config;
  const model = await loadFaceModel({
    model: detector.model,
    modelsPath: models.path,
    threads: detector.threads,
    provider: detector.provider,
    onRejected: ({ message }) => io.stderr(`YuNet passed over: ${message}\n`),
  });
  const minScore = detector.minScore === 'auto' ? model.defaultMinScore : detector.minScore;
  const isJson = flags.has('json');
  const isFault = (error: unknown) => error instanceof SourceError || error instanceof ImageFileError;
  try {
    return await forEachImage(flags.positionals, { io, isJson, isFault }, async (file) => {
      await requireFile(file);
      const picture = await decodeImage(file);
      const { width, height } = picture;
      const found = await model.detect(picture, minScore);
      const faces = found.map((face) => ({ ...rounded(face), quality: measureQuality(picture, face) }));
      if (draw !== undefined) await drawFaces(picture, found, draw);
      io.stdout(isJson ? `${JSON.stringify({ file, width, height, faces })}\n` : describe(file, width, height, faces));
    });
  } finally {
    await model.close();
  }
}

function layer(text: (flag: string) => string | undefined) {
  const model = text('model');
  const minScore = text('min-score');
  return {
    entries: [
      ...(model === undefined ? [] : [{ path: ['detector', 'model'], value: model }]),
      ...(minScore === undefined ? [] : [{ path: ['detector', 'minScore'], value: readScore(minScore) }]),
    ],
    describe: (path: readonly (string | number)[]) => (path[1] === 'model' ? '--model' : '--min-score'),
  };
}

/** Left as text where it is no number, for the schema to refuse. */
function readScore(text: string): string | number {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** A hundredth of a pixel is more than a model knows. */
function rounded({ box, score, landmarks }: Detection) {
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    box: { x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height) },
    score: Math.round(score * 1e6) / 1e6,
    landmarks: landmarks.map(([x, y]) => [round(x), round(y)]),
  };
}

function describe(
  file: string,
  width: number,
  height: number,
  faces: readonly (ReturnType<typeof rounded> & { quality: { overall: number } })[],
): string {
  const lines = faces.map(
    ({ box, score, quality }) =>
      `  score ${score.toFixed(2)}  quality ${quality.overall.toFixed(2)}  at ${box.x.toFixed()}, ${box.y.toFixed()}  ${box.width.toFixed()} × ${box.height.toFixed()}\n`,
  );
  return `${file}: ${width} × ${height}, ${faces.length === 1 ? '1 face' : `${faces.length} faces`}\n${lines.join('')}`;
}
