import type { VisitTruthFile } from '../visit-score/visit-truth.ts';
import { type ActorLayer, isTurnedAway, type Layer, type Layers } from './layers.ts';
import { FRAME_HEIGHT, FRAME_WIDTH, type Scene } from './scene.ts';
import { exposureSeconds } from './shutter.ts';

/** Shares of a face that must be seen: for a box, to be called partly hidden, to be called sharp. */
const SEEN = { box: 0.5, partial: 0.1, sharp: 0.95 } as const;
/** A face is sharp when no corner of it moves further than this while the shutter is open, in widths of the face: held
 * against pictures of it by eye, more begins to show. */
const SHARP_MOVE = 0.03;
/** Points in a face, across and down, that are tried for being hidden. */
const TRIED = { across: 9, down: 11 } as const;

/** What anybody could see in the video: where each face is, in which frames, and whether it is sharp. */
export function sceneTruth(scene: Scene, { actors, all }: Layers): VisitTruthFile {
  const frames = Math.round(scene.seconds * scene.fps);
  return {
    fps: scene.fps,
    frames,
    width: FRAME_WIDTH,
    height: FRAME_HEIGHT,
    visits: Object.fromEntries(
      actors.map((layer) => {
        const nearer = all.slice(all.indexOf(layer) + 1);
        return [layer.actor.id, { portrait: layer.actor.portrait.name, ...visitTruth(scene, frames, layer, nearer) }];
      }),
    ),
  };
}

type Boxes = VisitTruthFile['visits'][string]['boxes'];

function visitTruth(scene: Scene, frames: number, layer: ActorLayer, nearer: readonly Layer[]) {
  const boxes: Boxes = {};
  const partial: Boxes = {};
  const sharp: number[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const seconds = frame / scene.fps;
    const pose = layer.actor.path.poseAt(seconds);
    if (!pose || isTurnedAway(layer.actor, seconds)) continue;
    const [width, height] = [pose.face, pose.face * layer.faceRatio];
    const seen = shareSeen({ ...pose, width, height }, seconds, nearer);
    if (seen < SEEN.partial) continue;
    const isInside = pose.x >= 0 && pose.y >= 0 && pose.x < FRAME_WIDTH && pose.y < FRAME_HEIGHT;
    const kept = isInside && seen >= SEEN.box ? boxes : partial;
    kept[String(frame)] = [tenth(pose.x - width / 2), tenth(pose.y - height / 2), tenth(width), tenth(height)];
    if (kept === boxes && seen >= SEEN.sharp && moved(layer, seconds, exposureSeconds(scene)) <= SHARP_MOVE)
      sharp.push(frame);
  }
  return { boxes, sharp, partial };
}

/** The share of an ellipse in the face's box that lies in the frame with nothing before it. */
function shareSeen(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  seconds: number,
  nearer: readonly Layer[],
): number {
  const before = nearer.flatMap((layer) => layer.at(seconds) ?? []);
  let tried = 0;
  let seen = 0;
  for (let i = 0; i < TRIED.across * TRIED.down; i += 1) {
    const across = ((i % TRIED.across) + 0.5) / TRIED.across - 0.5;
    const down = (Math.floor(i / TRIED.across) + 0.5) / TRIED.down - 0.5;
    if (Math.hypot(across, down) > 0.5) continue;
    tried += 1;
    const [pointX, pointY] = [x + across * width, y + down * height];
    if (pointX < 0 || pointY < 0 || pointX >= FRAME_WIDTH || pointY >= FRAME_HEIGHT) continue;
    if (before.every(({ sprite, placement }) => sprite.opacityAt(placement, pointX, pointY) < 0.5)) seen += 1;
  }
  return seen / tried;
}

/** How far the fastest corner goes while the shutter is open, in widths of the face; infinite where somebody just comes or goes. */
function moved({ actor }: ActorLayer, seconds: number, openSeconds: number): number {
  const from = actor.path.poseAt(seconds - openSeconds / 2);
  const to = actor.path.poseAt(seconds + openSeconds / 2);
  if (!from || !to) return Number.POSITIVE_INFINITY;
  return (Math.hypot(to.x - from.x, to.y - from.y) + Math.abs(to.face - from.face)) / from.face;
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
