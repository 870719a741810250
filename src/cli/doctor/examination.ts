import { deviceTopic } from '../../contract/topics.ts';
import { ConnectError } from '../../platform/mqtt/link-errors.ts';
import { addressOf } from './broker-address.ts';
import { BrokerSession } from './broker-session.ts';
import { brokerFault, deafFault } from './faults.ts';
import { Follower } from './follower.ts';
import type { Fault } from './hop.ts';
import type { HopLog } from './hop-log.ts';
import { Journey, type Side } from './journey.ts';
import { diskRemark } from './remarks.ts';
import type { Site } from './site.ts';
import { makeTestImage, type TestImage } from './test-image.ts';

export interface ExaminationOptions {
  readonly site: Site;
  /** Where to begin; undefined: on the edge broker, or in the cloud where nobody has configured an edge and none is there. */
  readonly from: Side | undefined;
  readonly timeoutSeconds: number;
  readonly log: HopLog;
}

/** Sends one test image on its way and tells each hop as it is reached. Leaves the brokers as they were. */
export class Examination {
  readonly #options: ExaminationOptions;
  readonly #sessions = new Map<Side, BrokerSession>();
  #journey: Journey | undefined;

  constructor(options: ExaminationOptions) {
    this.#options = options;
  }

  /** Ends early, with what is known, when the signal is aborted. @throws SightlineError for a configuration that can't be used */
  async run(signal: AbortSignal): Promise<void> {
    const { site, timeoutSeconds, log } = this.#options;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    try {
      log.reach('configuration', site.origin);
      const from = await this.#connect(deadline, signal);
      if (from === undefined || signal.aborted) return;
      const image = makeTestImage(site.config.topicPrefix, site.device(from), new Date());
      this.#journey = new Journey(image);
      const isImageShown = await this.#listen(from, image);
      if (this.#sessions.has(from)) {
        const { site, timeoutSeconds, log } = this.#options;
        const parts = { site, timeoutSeconds, log, image, journey: this.#journey, sessions: this.#sessions };
        await new Follower({ ...parts, isImageShown }).follow(from, deadline, signal);
      }
      const disk = from === 'edge' ? await diskRemark(site.config) : undefined;
      if (disk !== undefined) log.remark(disk);
    } finally {
      await Promise.all([...this.#sessions.values()].map((session) => session.stop()));
    }
  }

  /** @returns where the image can begin */
  async #connect(deadline: AbortSignal, signal: AbortSignal): Promise<Side | undefined> {
    const { site, from, log } = this.#options;
    const edgeFault = from === 'cloud' ? undefined : await this.#open('edge', deadline);
    if (from !== 'cloud' && !edgeFault) log.reach('edge broker', this.#describe('edge'));
    const edgeAtMs = performance.now();
    const cloudFault = await this.#open('cloud', deadline);
    if (signal.aborted) return undefined;
    if (edgeFault && !cloudFault && from === undefined && site.brokerOrigin('edge') === undefined) {
      const words = `none here (${addressOf(site.config.edge)}): the test begins at the cloud broker`;
      log.pass('edge broker', 'skipped', words);
    } else if (edgeFault) log.fail('edge broker', edgeFault, edgeAtMs);
    if (cloudFault) log.fail('cloud broker', cloudFault);
    else log.reach('cloud broker', this.#describe('cloud'));
    if (this.#sessions.has('edge')) return 'edge';
    return this.#sessions.has('cloud') && from !== 'edge' ? 'cloud' : undefined;
  }

  async #open(side: Side, signal: AbortSignal): Promise<Fault | undefined> {
    const { site, timeoutSeconds } = this.#options;
    const link = site.config[side];
    const session = new BrokerSession({
      name: 'doctor',
      link,
      onMessage: (message) => this.#journey?.hear(side, message),
      onLost: () => this.#journey?.lose(side),
    });
    try {
      await session.start(signal);
      this.#sessions.set(side, session);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      const cause = signal.aborted ? new ConnectError(new Error(`no answer within ${timeoutSeconds} s`)) : error;
      return brokerFault(side, link, cause, site.brokerOrigin(side));
    }
  }

  /** Listens for what will be said of the image. @returns whether the cloud broker will show the image itself */
  async #listen(from: Side, { topic, device }: TestImage): Promise<boolean> {
    const receipts = deviceTopic(this.#options.site.config.topicPrefix, device, 'receipts');
    for (const [side, session] of this.#sessions) {
      if (await session.subscribe([receipts])) continue;
      this.#options.log.fail(`${side} broker`, deafFault(side, receipts));
      this.#sessions.delete(side);
      await session.stop();
    }
    return from === 'edge' && (await this.#sessions.get('cloud')?.subscribe([topic])) === true;
  }

  #describe(side: Side): string {
    return `${addressOf(this.#options.site.config[side])} (MQTT ${this.#sessions.get(side)?.version})`;
  }
}
