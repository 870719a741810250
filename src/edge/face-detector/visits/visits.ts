import { randomUUID } from 'node:crypto';
import type { Detection } from '../detection.ts';
import type { Quality } from '../quality/quality.ts';
import type { Shot } from '../shot.ts';

/** One person's unbroken presence before one camera, as far as it has gone. */
export interface Visit {
  readonly id: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** Frames in which the face was found. */
  readonly frames: number;
  /** Number of this image of the visit, from 1. */
  readonly shot: number;
}

export interface VisitShot {
  readonly shot: Shot;
  readonly visit: Visit;
}

/** A face found in a frame, with a way to cut it out of it. */
export interface SeenFace {
  readonly detection: Detection;
  readonly quality: Quality;
  /** By what shots of one visit are compared: `worthOf`. */
  readonly worth: number;
  readonly cut: () => Shot;
}

/** Whose face it is; `face` is missing where it was found too faintly to be anybody's picture. */
export interface FaceOfTrack {
  readonly track: number;
  readonly face?: SeenFace | undefined;
}

export interface VisitsOptions {
  /** A visit ends when its person was not seen for so long. */
  readonly timeoutMs: number;
  /** A visit is reported for the first time at the latest after so long. */
  readonly maxUnreportedMs: number;
  /** Shots below are not sent. */
  readonly minQuality: number;
  /** A visit ended of which nothing is sent: none of its shots was good enough, or it may be a mistake. This was the best. */
  readonly onPassedOver?: ((shot: Shot, why: 'poor' | 'seen-once') => void) | undefined;
}

interface OpenVisit {
  readonly id: string;
  readonly firstSeenAt: Date;
  lastSeenAt: Date;
  frames: number;
  shots: number;
  best: { readonly shot: Shot; readonly worth: number } | undefined;
  improvedAtMs: number;
  /** Quality of the shot by which the visit was found to have improved. */
  improvedTo: number;
  /** Quality of the best image that was sent. */
  sentQuality: number;
}

/** A shot that is better by less replaces the kept one, but nobody has to wait for more of its kind. */
const IMPROVED = 1.03;
/** A visit that was reported already is reported again for a shot better by so much. */
const CLEARLY_BETTER = 1.25;
/** A visit is reported before it ends when its best shot has stood for so long. */
const SETTLED_MS = 2_000;
/** A face seen in one frame of a moving picture only must be this sure, or it is taken for a mistake. */
const SINGLE_FRAME_SCORE = 0.6;

/** Gathers the faces of each followed person into a visit, and picks its best shots. Times are the source's own. */
export class Visits {
  readonly #options: VisitsOptions;
  #open = new Map<number, OpenVisit>();
  /** Did the last frame begin anew? What ends right after it was a still, and no film. */
  #isStill = false;

  constructor(options: VisitsOptions) {
    this.#options = options;
  }

  /** Takes the faces of a frame that was looked at; returns what is to be sent now. */
  see({ capturedAt, cut }: { capturedAt: Date; cut: boolean }, faces: readonly FaceOfTrack[]): VisitShot[] {
    this.#isStill = cut;
    for (const { track, face } of faces) {
      const visit = this.#open.get(track) ?? this.#begin(track, capturedAt);
      visit.lastSeenAt = capturedAt;
      visit.frames += 1;
      if (face) this.#consider(visit, face, capturedAt.getTime());
    }
    return this.#due(capturedAt);
  }

  /** A frame went by that nobody looked at: what is due by its time. */
  pass(capturedAt: Date): VisitShot[] {
    this.#isStill = false;
    return this.#due(capturedAt);
  }

  #due(capturedAt: Date): VisitShot[] {
    const atMs = capturedAt.getTime();
    const due: VisitShot[] = [];
    for (const [track, visit] of this.#open) {
      if (atMs - visit.lastSeenAt.getTime() > this.#options.timeoutMs) {
        this.#open.delete(track);
        due.push(...this.#end(visit, visit.frames > 1));
      } else if (visit.frames > 1 && this.#isSettled(visit, atMs)) {
        due.push(...this.#report(visit));
      }
    }
    return due;
  }

  /** Ends all visits: the source ended, stalled or jumped. Single stills are believed at their detector's own score. */
  endAll(): VisitShot[] {
    const due = [...this.#open.values()].flatMap((visit) => this.#end(visit, this.#isStill || visit.frames > 1));
    this.#open = new Map();
    return due;
  }

  #begin(track: number, at: Date): OpenVisit {
    const visit: OpenVisit = {
      id: randomUUID(),
      firstSeenAt: at,
      lastSeenAt: at,
      frames: 0,
      shots: 0,
      best: undefined,
      improvedAtMs: at.getTime(),
      improvedTo: 0,
      sentQuality: 0,
    };
    this.#open.set(track, visit);
    return visit;
  }

  #consider(visit: OpenVisit, face: SeenFace, atMs: number): void {
    if (!this.#isBetter(visit, face)) return;
    const isFirst = visit.best === undefined;
    visit.best = { shot: face.cut(), worth: face.worth };
    if (!isFirst && face.quality.overall <= visit.improvedTo * IMPROVED) return;
    visit.improvedTo = Math.max(visit.improvedTo, face.quality.overall);
    visit.improvedAtMs = atMs;
  }

  /** What is good enough to be sent is not given up for what isn't, however still the face. */
  #isBetter({ best, shots, sentQuality }: OpenVisit, { quality, worth }: SeenFace): boolean {
    if (!best) return shots === 0 || quality.overall > sentQuality * CLEARLY_BETTER;
    const isGood = this.#isGood(quality);
    return isGood === this.#isGood(best.shot.quality) ? worth > best.worth : isGood;
  }

  #isGood({ overall }: Quality): boolean {
    return overall >= this.#options.minQuality;
  }

  #isSettled(visit: OpenVisit, atMs: number): boolean {
    if (atMs - visit.improvedAtMs >= SETTLED_MS) return true;
    return visit.shots === 0 && atMs - visit.firstSeenAt.getTime() >= this.#options.maxUnreportedMs;
  }

  #end(visit: OpenVisit, isConfirmed: boolean): VisitShot[] {
    const { best } = visit;
    if (!best) return [];
    const isCertain = isConfirmed || best.shot.detection.score >= SINGLE_FRAME_SCORE;
    const due = isCertain ? this.#report(visit) : [];
    if (due.length === 0 && visit.shots === 0)
      this.#options.onPassedOver?.(best.shot, isCertain ? 'poor' : 'seen-once');
    return due;
  }

  #report(visit: OpenVisit): VisitShot[] {
    const { best } = visit;
    if (!best || !this.#isGood(best.shot.quality)) return [];
    visit.best = undefined;
    visit.shots += 1;
    visit.sentQuality = Math.max(visit.sentQuality, best.shot.quality.overall);
    const { id, firstSeenAt, lastSeenAt, frames, shots } = visit;
    return [{ shot: best.shot, visit: { id, firstSeenAt, lastSeenAt, frames, shot: shots } }];
  }
}
