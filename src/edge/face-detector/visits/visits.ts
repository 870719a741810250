import { randomUUID } from 'node:crypto';
import type { Detection } from '../detection.ts';
import type { Frame } from '../frame.ts';
import type { Quality } from '../quality/quality.ts';
import type { Shot } from '../shot.ts';
import { Tracker } from './tracker.ts';

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
  readonly cut: () => Shot;
}

interface OpenVisit {
  readonly id: string;
  readonly firstSeenAt: Date;
  lastSeenAt: Date;
  frames: number;
  shots: number;
  best: Shot | undefined;
  improvedAtMs: number;
  /** Quality of the best image that was sent. */
  sentQuality: number;
}

/** A shot replaces a kept one only when it is better by so much: cutting it out costs a copy. */
const BETTER = 1.03;
/** A visit that was reported already is reported again for a shot better by so much. */
const CLEARLY_BETTER = 1.25;
/** A visit is reported before it ends when its best shot has stood for so long. */
const SETTLED_MS = 2_000;
/** A face seen in one frame of a moving picture only must be this sure, or it is taken for a mistake. */
const SINGLE_FRAME_SCORE = 0.6;

/** Turns the faces of one camera's frames into visits, and each visit into its best shot. Times are the source's own. */
export class Visits {
  readonly #timeoutMs: number;
  readonly #tracker: Tracker;
  #open = new Map<number, OpenVisit>();
  /** Did the last frame begin anew? What ends right after it was a still, and no film. */
  #isStill = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#tracker = new Tracker(timeoutMs);
  }

  /** Takes one frame's faces; returns what is to be sent now. */
  see(frame: Pick<Frame, 'capturedAt' | 'cut'>, faces: readonly SeenFace[]): VisitShot[] {
    const atMs = frame.capturedAt.getTime();
    const due = frame.cut ? this.endAll() : [];
    this.#isStill = frame.cut;
    const byDetection = new Map(faces.map((face) => [face.detection, face]));
    for (const { track, detection } of this.#tracker.update([...byDetection.keys()], atMs)) {
      const visit = this.#open.get(track.number) ?? this.#begin(track.number, frame.capturedAt);
      visit.lastSeenAt = frame.capturedAt;
      visit.frames += 1;
      const face = byDetection.get(detection);
      if (face) this.#consider(visit, face, atMs);
    }
    return [...due, ...this.#due(atMs)];
  }

  /** Ends all visits: the source ended, stalled or jumped. Single stills are believed at their detector's own score. */
  endAll(): VisitShot[] {
    const due = [...this.#open.values()].flatMap((visit) => this.#report(visit, this.#isStill || visit.frames > 1));
    this.#open = new Map();
    this.#tracker.clear();
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
      sentQuality: 0,
    };
    this.#open.set(track, visit);
    return visit;
  }

  #consider(visit: OpenVisit, face: SeenFace, atMs: number): void {
    const kept = visit.best?.quality.overall ?? (visit.shots > 0 ? (visit.sentQuality * CLEARLY_BETTER) / BETTER : -1);
    if (face.quality.overall <= kept * BETTER) return;
    visit.best = face.cut();
    visit.improvedAtMs = atMs;
  }

  #due(atMs: number): VisitShot[] {
    const due: VisitShot[] = [];
    for (const [track, visit] of this.#open) {
      if (atMs - visit.lastSeenAt.getTime() > this.#timeoutMs) {
        this.#open.delete(track);
        due.push(...this.#report(visit, visit.frames > 1));
      } else if (visit.frames > 1 && atMs - visit.improvedAtMs >= SETTLED_MS) {
        due.push(...this.#report(visit, true));
      }
    }
    return due;
  }

  #report(visit: OpenVisit, isConfirmed: boolean): VisitShot[] {
    const shot = visit.best;
    if (!shot || !(isConfirmed || shot.detection.score >= SINGLE_FRAME_SCORE)) return [];
    visit.best = undefined;
    visit.shots += 1;
    visit.sentQuality = Math.max(visit.sentQuality, shot.quality.overall);
    const { id, firstSeenAt, lastSeenAt, frames, shots } = visit;
    return [{ shot, visit: { id, firstSeenAt, lastSeenAt, frames, shot: shots } }];
  }
}
