import { resolve } from 'node:path';
import type { Config } from '../platform/config/schema.ts';
import { redactUrl } from '../platform/redact-url.ts';
import { VERSION } from '../platform/version.ts';
import type { Balance } from './balance.ts';

export interface WelcomeFacts {
  readonly config: Config;
  readonly cameras: readonly { readonly id: string; readonly source: string }[];
  readonly model: string;
  readonly healthUrl: string;
  readonly once: boolean;
}

/** What a person reads first: what runs, where the camera is, where faces land, how to stop it. */
export function welcome({ config, cameras, model, healthUrl, once }: WelcomeFacts): string {
  const sources = cameras.map(({ id, source }) => `${id}: ${redactUrl(source)}`);
  const isSampleByDefault = config.cameras.length === 0 && cameras[0]?.source === 'sample';
  const shots = config.capture.mode === 'best' ? 'one image of each visit, its best' : 'every face of every frame';
  const rows = [
    ...sources.map((source, index) => [index === 0 ? 'camera' : '', source]),
    ...(isSampleByDefault
      ? [['', '(no camera here, so a moving one over photographs stands in; yours: --source /dev/video0 or rtsp://…)']]
      : []),
    ['face-detector', `${model}; ${shots}`],
    [
      'edge broker',
      `${redactUrl(config.edge.broker)}   a PNG or JPEG published to ${config.topicPrefix} is stored too`,
    ],
    ['cloud broker', redactUrl(config.cloud.broker)],
    ['faces land in', describeStore(config.store.url)],
    ['health', `${healthUrl}/readyz and ${healthUrl}/metrics`],
  ];
  return [
    `Sightline ${VERSION} takes faces from a camera to a store, each once, none lost. All of it runs in this process:`,
    '',
    ...rows.map(([name, value]) => `  ${(name ?? '').padEnd(14)} ${value}`),
    '',
    'Faces are personal data; PRIVACY.md says what that asks of you.',
    once
      ? 'It ends by itself once the source has ended and every face is stored.'
      : 'Ctrl-C stops it. What is not stored by then is kept and goes on next time.',
    '',
    '',
  ].join('\n');
}

/** One face that arrived. */
export function storedLine(key: string, bytes: number, secondsSinceCapture: number | undefined): string {
  const size = `${(bytes / 1000).toFixed(1)} kB`;
  const delay = secondsSinceCapture === undefined ? '' : `, after ${secondsSinceCapture.toFixed(1)} s`;
  return `stored  ${key}  (${size}${delay})\n`;
}

/** A file is over; brokers and store stay for whoever publishes to them. */
export const SOURCE_ENDED =
  'The source has ended. Brokers and store stay up until Ctrl-C; with --once it would end here.\n';

/** What is said when it was stopped. */
export function goodbye({ captured, stored, refused, evicted, released, pending }: Balance): string {
  const parts = [
    `${captured} captured`,
    `${stored} stored`,
    ...(released > 0 ? [`${released} handed on`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(evicted > 0 ? [`${evicted} evicted`] : []),
    ...(pending > 0 ? [`${pending} kept for the next run`] : []),
  ];
  return `\nStopped: ${parts.join(', ')}.\n`;
}

function describeStore(url: string): string {
  return /^[a-z0-9]+:\/\//i.test(url) ? redactUrl(url) : resolve(url);
}
