import type { Figure } from '../measuring/figure.ts';
import { backlogFigures } from './backlog-figures.ts';
import { fleetFigures } from './fleet-figures.ts';
import { forwardingFigures } from './forwarding-figures.ts';
import { pipelineFigures } from './pipeline-figures.ts';
import { s3Figures } from './s3-figures.ts';
import { sickProcessorFigures } from './sick-processor-figures.ts';
import { slowLinkFigures } from './slow-link-figures.ts';

export type PartName = 'forwarding' | 'pipeline' | 'backlog' | 'slow-link' | 'devices' | 'sick-processor' | 's3';

export interface TransportOptions {
  /** A line about what is being done. */
  readonly say: (text: string) => void;
  /** How often contenders alternate. */
  readonly rounds: number;
  /** Of one run of a contender, without its warm-up. */
  readonly seconds: number;
  readonly pipelineSeconds: number;
  /** Captures that wait when the link comes back. */
  readonly backlog: number;
  readonly slowLinkSeconds: number;
  readonly devices: number;
  readonly capturesPerDevice: number;
}

/** What is measured, in this order. */
export const PARTS: Readonly<Record<PartName, (options: TransportOptions) => Promise<Figure[]>>> = {
  forwarding: forwardingFigures,
  pipeline: pipelineFigures,
  backlog: backlogFigures,
  'slow-link': slowLinkFigures,
  devices: fleetFigures,
  'sick-processor': sickProcessorFigures,
  s3: s3Figures,
};
