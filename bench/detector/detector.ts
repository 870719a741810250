import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { metricSum } from '../measuring/metrics-text.ts';
import { argumentsOf, childrenNamed } from '../measuring/process-status.ts';
import { ServiceProcess } from '../measuring/service-process.ts';

const READY_MS = 30_000;
/** Where no ffmpeg was seen by then, it may have come and gone. */
const MISSED_MS = 5_000;

export interface DetectorOptions {
  readonly brokerUrl: string;
  readonly model: 'ssd' | 'yunet';
  readonly modelsPath: string;
  /** An empty folder to run in: no configuration is found there. */
  readonly folder: string;
  readonly pace: 'max' | 'realtime';
  readonly cameras: readonly { readonly source: string; readonly fps?: number }[];
  /** More configuration, as environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The face-detector as it is run in earnest: a process of its own. */
export class DetectorProcess {
  readonly #process: ServiceProcess;
  readonly #metricsUrl: string;

  private constructor(process: ServiceProcess, metricsUrl: string) {
    this.#process = process;
    this.#metricsUrl = metricsUrl;
  }

  static async start({ folder, pace, cameras, environment, ...options }: DetectorOptions): Promise<DetectorProcess> {
    const port = await freePort();
    const env: Record<string, string> = {
      SIGHTLINE_DEVICE: 'bench',
      SIGHTLINE_EDGE_BROKER: options.brokerUrl,
      SIGHTLINE_DETECTOR_MODEL: options.model,
      SIGHTLINE_MODELS_PATH: options.modelsPath,
      SIGHTLINE_HTTP_PORT: String(port),
      SIGHTLINE_LOG_LEVEL: 'warn',
      ...environment,
    };
    cameras.forEach(({ source, fps }, index) => {
      env[`SIGHTLINE_CAMERAS_${index}_ID`] = `camera-${index}`;
      env[`SIGHTLINE_CAMERAS_${index}_SOURCE`] = source;
      if (fps !== undefined) env[`SIGHTLINE_CAMERAS_${index}_FPS`] = String(fps);
    });
    const child = new ServiceProcess(['face-detector', '--pace', pace], { folder, environment: env });
    return new DetectorProcess(child, `http://127.0.0.1:${port}/metrics`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Of its ffmpeg children; it has none before it has started and after its sources have ended. */
  get ffmpegPids(): readonly number[] {
    return childrenNamed(this.pid).flatMap(({ pid, name }) => (name === 'ffmpeg' ? [pid] : []));
  }

  /** @param name without `sightline_`. @returns undefined where there is no such metric. */
  async metric(name: string): Promise<number | undefined> {
    const response = await fetch(this.#metricsUrl);
    return metricSum(await response.text(), `sightline_${name}`);
  }

  /** Resolves when its ffmpeg child decodes, or has already decoded a short video; gives its arguments. Costs the detector nothing. */
  async decoding(): Promise<readonly string[]> {
    const startedMs = performance.now();
    for (;;) {
      const [first] = this.ffmpegPids.map(argumentsOf).filter((args) => args.includes('rawvideo'));
      if (first) return first;
      this.#process.assertRuns();
      if (performance.now() - startedMs > MISSED_MS && (await this.metric('camera_frames').catch(() => 0))) return [];
      if (performance.now() - startedMs > READY_MS)
        throw new Error(`Expected ffmpeg to run after ${READY_MS} ms, got none.`);
      await sleep(2);
    }
  }

  /** Resolves when all sources have ended and nothing waits to be sent. Asks the detector once or twice, at the end. */
  async settled(): Promise<void> {
    while (this.ffmpegPids.length > 0) await sleep(25);
    this.#process.assertRuns();
    for (let before = -1; ; await sleep(300)) {
      const captures = (await this.metric('captures_total')) ?? 0;
      if (captures === before && ((await this.metric('outbox_captures')) ?? 0) === 0) return;
      before = captures;
    }
  }

  /** @throws Error with its last words when it did not end well. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }
}
