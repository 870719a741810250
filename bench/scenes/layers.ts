import { makePerson } from './person.ts';
import { makeProp } from './props.ts';
import type { Actor, Scene } from './scene.ts';
import type { Placement, Sprite } from './sprite.ts';

/** What is drawn of one person or thing at a time. */
export interface Appearance {
  readonly sprite: Sprite;
  readonly placement: Placement;
}

export interface Layer {
  readonly depth: number;
  /** Undefined while it isn't there; it may still lie outside the frame. */
  readonly at: (seconds: number) => Appearance | undefined;
}

export interface ActorLayer extends Layer {
  readonly actor: Actor;
  /** Height of the face divided by its width. */
  readonly faceRatio: number;
}

export interface Layers {
  readonly actors: readonly ActorLayer[];
  /** Actors and props, the farthest first. */
  readonly all: readonly Layer[];
}

/** Cuts out everybody and draws everything that a scene needs. */
export async function makeLayers({ actors, props }: Scene): Promise<Layers> {
  const actorLayers = await Promise.all(actors.map(makeActorLayer));
  const propLayers = await Promise.all(
    props.map(async ({ depth, look, path }): Promise<Layer> => {
      const { sprite, scalePerFacePixel } = await makeProp(look);
      return {
        depth,
        at: (seconds) => {
          const pose = path.poseAt(seconds);
          return pose && { sprite, placement: { x: pose.x, y: pose.y, scale: pose.face * scalePerFacePixel } };
        },
      };
    }),
  );
  return { actors: actorLayers, all: [...actorLayers, ...propLayers].sort((a, b) => b.depth - a.depth) };
}

async function makeActorLayer(actor: Actor): Promise<ActorLayer> {
  const { portrait, isMirrored, turnedAway = [] } = actor;
  const front = await makePerson(portrait, { side: 'front', isMirrored });
  const back = turnedAway.length === 0 ? front : await makePerson(portrait, { side: 'back', isMirrored });
  return {
    actor,
    depth: actor.depth,
    faceRatio: front.faceHeight / front.faceWidth,
    at: (seconds) => {
      const pose = actor.path.poseAt(seconds);
      const { sprite, faceWidth } = isTurnedAway(actor, seconds) ? back : front;
      return pose && { sprite, placement: { x: pose.x, y: pose.y, scale: pose.face / faceWidth } };
    },
  };
}

export function isTurnedAway({ turnedAway = [] }: Actor, seconds: number): boolean {
  return turnedAway.some(({ from, to }) => seconds >= from && seconds < to);
}
