import type { CameraConfig, Config } from '../../platform/config/schema.ts';
import { APPEARANCE_PARTS, appearanceOf } from './appearance/appearance.ts';
import { Attention } from './attention/attention.ts';
import { type Box, type Detection, sideOf } from './detection.ts';
import type { DetectorMetrics } from './detector-metrics.ts';
import type { Frame } from './frame.ts';
import type { FaceModel } from './models/face-model.ts';
import { poorestReason } from './quality/poorest-reason.ts';
import { measureQuality } from './quality/quality.ts';
import { createRegionFilter } from './regions/regions.ts';
import { cutShot, type Shot } from './shot.ts';
import type { Sighting } from './tracks/sighting.ts';
import type { Track } from './tracks/track.ts';
import { Tracker } from './tracks/tracker.ts';
import { type FaceOfTrack, type SeenFace, type Visit, Visits } from './visits/visits.ts';
import { worthOf } from './visits/worth.ts';

/** Finds fainter than what is called a face still keep a track: a turned head, a blur. A part of the score from which one is called a face. */
const FAINT = 0.5;
/**
 * Cosines of appearances within 2 s, measured on seven films with real and made-up people: of one person .97 to 1 (hidden in part, down to .7), of
 * two people .64 to .956.
 */
const APPEARANCE = { alikeFrom: 0.985, differentFrom: 0.94, parts: APPEARANCE_PARTS };
/** A frame that is older than the one before by more, in ms: the clock was set, and what is known has no time any longer. */
const CLOCK_SET_BACK_MS = 500;

export interface FaceWatchOptions {
  readonly camera: CameraConfig;
  readonly config: Config;
  readonly model: FaceModel;
  readonly counters: DetectorMetrics;
}

/** A face image to be sent; without a visit where each face of each frame is. */
export interface DueShot {
  readonly shot: Shot;
  readonly visit?: Visit | undefined;
}

/** What one camera's frames show: decides which are looked at, follows the faces and says what is to be sent. */
export class FaceWatch {
  readonly #options: FaceWatchOptions;
  readonly #minScore: number;
  readonly #minFacePixels: number;
  readonly #region: ReturnType<typeof createRegionFilter>;
  readonly #attention: Attention;
  readonly #visits: Visits;
  #tracker: Tracker | undefined;
  #framesLookedAt = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FaceWatchOptions) {
    this.#options = options;
    const { camera, config, model } = options;
    this.#minScore = config.detector.minScore === 'auto' ? model.defaultMinScore : config.detector.minScore;
    this.#minFacePixels = camera.minFacePixels ?? config.detector.minFacePixels;
    this.#region = createRegionFilter(camera.regions);
    this.#attention = new Attention({
      everyFrame: config.capture.mode === 'every',
      forgetAfterMs: config.capture.visitTimeoutSeconds * 1000,
      regions: camera.regions,
    });
    this.#visits = new Visits({
      timeoutMs: config.capture.visitTimeoutSeconds * 1000,
      maxUnreportedMs: config.capture.maxVisitSeconds * 1000,
      minQuality: config.capture.minQuality,
      onPassedOver: ({ quality }, why) => this.#passOver(why === 'poor' ? poorestReason(quality) : why),
    });
  }

  /** Frames that a model has looked at. */
  get framesLookedAt(): number {
    return this.#framesLookedAt;
  }

  /** @returns what is to be sent now. */
  async see(given: Frame): Promise<readonly DueShot[]> {
    const frame = this.#isFromThePast(given) ? { ...given, cut: true } : given;
    const ended = frame.cut ? this.endAll() : [];
    const tracker = this.#trackerFor(frame);
    const tracks = tracker.carry(frame.capturedAt.getTime());
    if (!this.#attention.wants(frame, tracks)) return [...ended, ...this.#visits.pass(frame.capturedAt)];
    const detections = await this.#detect(frame);
    this.#framesLookedAt += 1;
    const followed = this.#follow(frame, tracker, detections);
    if (this.#options.config.capture.mode === 'every') return [...ended, ...this.#everyFace(followed)];
    return [...ended, ...this.#visits.see(frame, followed)];
  }

  #isFromThePast({ capturedAt }: Frame): boolean {
    const lastAtMs = this.#lastAtMs;
    this.#lastAtMs = capturedAt.getTime();
    return this.#lastAtMs < lastAtMs - CLOCK_SET_BACK_MS;
  }

  #follow(frame: Frame, tracker: Tracker, detections: readonly Detection[]): FaceOfTrack[] {
    const found = new Map<Sighting, Detection>(
      detections.map((detection) => {
        const { box, score } = detection;
        return [{ box, score, appearance: appearanceOf(frame, box) }, detection] as const;
      }),
    );
    const boxes = detections.map(({ box }) => box);
    return tracker.update([...found.keys()], frame.capturedAt.getTime()).map(({ track, sighting }) => ({
      track: track.number,
      face: this.#seen(frame, track, found.get(sighting), boxes),
    }));
  }

  /** The source ended, stalled or jumped: nobody is followed any longer. @returns what is still to be sent. */
  endAll(): readonly DueShot[] {
    this.#tracker?.clear();
    return this.#visits.endAll();
  }

  #trackerFor({ width, height, cut }: Frame): Tracker {
    if (this.#tracker && !cut) return this.#tracker;
    const { visitTimeoutSeconds } = this.#options.config.capture;
    this.#tracker = new Tracker({
      forgetAfterMs: visitTimeoutSeconds * 1000,
      minNewScore: this.#minScore,
      frame: { width, height },
      appearance: APPEARANCE,
    });
    return this.#tracker;
  }

  async #detect(frame: Frame): Promise<Detection[]> {
    const { camera, counters, model } = this.#options;
    const startedAtMs = performance.now();
    const found = await model.detect(frame, this.#minScore * FAINT, this.#minScore);
    counters.inference.observe({ camera: camera.id }, (performance.now() - startedAtMs) / 1000);
    const faces = found.filter(({ score }) => score >= this.#minScore).length;
    counters.faces.inc({ camera: camera.id }, faces);
    return found.filter((detection) => this.#isWanted(frame, detection));
  }

  #isWanted(frame: Frame, { box, score }: Detection): boolean {
    const isSmall = sideOf(box) < this.#minFacePixels;
    const verdict = isSmall ? 'too-small' : this.#region(box, frame);
    if (verdict !== 'kept' && score >= this.#minScore) this.#passOver(verdict);
    return verdict === 'kept';
  }

  /** Undefined where it was found too faintly to be anybody's picture. */
  #seen(frame: Frame, track: Track, detection: Detection | undefined, others: readonly Box[]): SeenFace | undefined {
    if (!detection || detection.score < this.#minScore) return undefined;
    const { margin, include } = this.#options.config.capture;
    const quality = measureQuality(frame, detection);
    const worth = worthOf(quality, { track, box: detection.box, others });
    return { detection, quality, worth, cut: () => cutShot(frame, detection, quality, { margin, include }) };
  }

  #everyFace(followed: readonly FaceOfTrack[]): DueShot[] {
    return followed.flatMap(({ face }) => {
      if (!face) return [];
      if (face.quality.overall >= this.#options.config.capture.minQuality) return [{ shot: face.cut() }];
      this.#passOver(poorestReason(face.quality));
      return [];
    });
  }

  #passOver(reason: string): void {
    const { camera, counters } = this.#options;
    counters.passedOver.inc({ camera: camera.id, reason });
  }
}
