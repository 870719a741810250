import { errorMessage } from '../../platform/sightline-error.ts';
import { addressOf } from './broker-address.ts';
import type { BrokerSession } from './broker-session.ts';
import { forwarderFault, linkFault, processorFault, refusalFault, unansweredFault, uplinkFault } from './faults.ts';
import type { HopName } from './hop.ts';
import type { HopLog } from './hop-log.ts';
import type { Journey, Side } from './journey.ts';
import { askNeighbour, type ForwarderCounts, isUnanswered, readForwarderCounts } from './neighbours.ts';
import { clockRemark } from './remarks.ts';
import type { Site } from './site.ts';
import { lookIntoStore } from './store-look.ts';
import type { TestImage } from './test-image.ts';
import { reportWords } from './words.ts';

/** As a keeper does: until somebody has said that he has it. */
const SEND_AGAIN_MS = 5_000;

export interface FollowerOptions {
  readonly site: Site;
  readonly image: TestImage;
  readonly journey: Journey;
  readonly sessions: ReadonlyMap<Side, BrokerSession>;
  /** May doctor see the image itself come by on the cloud broker? */
  readonly isImageShown: boolean;
  readonly timeoutSeconds: number;
  readonly log: HopLog;
}

/** Follows one test image from the broker where it begins to the store's receipt. */
export class Follower {
  readonly #options: FollowerOptions;
  #publishedAtMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** `deadline`: when waiting ends. `signal`: when nobody wants to know any more. */
  async follow(from: Side, deadline: AbortSignal, signal: AbortSignal): Promise<void> {
    const { journey, log } = this.#options;
    const isKept = () => (from === 'edge' ? journey.held : journey.settled) !== undefined;
    const sending = await this.#send(from, isKept, deadline);
    try {
      if (sending.fault === undefined) await this.#walk(from, deadline, signal);
      else if (!signal.aborted) log.fail(firstHop(from), linkFault(from, sending.fault));
    } finally {
      sending.stop();
      if (journey.held?.receipt.state === 'held' && !journey.settled)
        log.remark('the test image waits in the spool; it goes on when the way is free, and is removed at its end');
    }
  }

  async #walk(from: Side, deadline: AbortSignal, signal: AbortSignal): Promise<void> {
    const { sessions, log } = this.#options;
    if (from === 'edge') {
      if (!(await this.#reachForwarder(deadline, signal))) return;
      if (!sessions.has('cloud')) return log.pass('uplink', 'unseen', 'nothing can be seen without the cloud broker');
      if (!(await this.#reachCloud(deadline, signal))) return;
    }
    if (await this.#reachProcessor(deadline, signal)) await this.#lookIntoStore(signal);
  }

  /** Publishes, and again while nobody has it. */
  async #send(side: Side, isKept: () => boolean, deadline: AbortSignal): Promise<{ fault?: string; stop(): void }> {
    const { site, image, sessions } = this.#options;
    const { topic, bytes, properties } = image;
    const { qos } = site.config[side];
    const publish = async () => sessions.get(side)?.publish(topic, bytes, { qos, properties });
    this.#publishedAtMs = performance.now();
    const fault = await Promise.race([publish().catch(errorMessage), aborted(deadline)]);
    const again = () => !isKept() && !deadline.aborted && void publish().catch(() => undefined);
    const timer = setInterval(again, SEND_AGAIN_MS);
    return { ...(fault === undefined ? {} : { fault }), stop: () => clearInterval(timer) };
  }

  async #reachForwarder(deadline: AbortSignal, signal: AbortSignal): Promise<boolean> {
    const { journey, log, site } = this.#options;
    const { config } = site;
    await journey.until(() => journey.held !== undefined || journey.lost.has('edge'), deadline);
    if (journey.held) {
      const { atMs, receipt } = journey.held;
      if (receipt.state === 'refused') return log.fail('forwarder', refusalFault(receipt), atMs);
      return log.reach('forwarder', `${receipt.by} has it on disk`, atMs);
    }
    if (signal.aborted) return false;
    if (journey.lost.has('edge')) return this.#failLost('forwarder', 'edge');
    const heard = await askNeighbour('forwarder', config, signal);
    return log.fail('forwarder', forwarderFault(addressOf(config.edge), config.topicPrefix, this.#patience, heard));
  }

  async #reachCloud(deadline: AbortSignal, signal: AbortSignal): Promise<boolean> {
    const { journey, log, site, isImageShown } = this.#options;
    const { config } = site;
    const isThere = () => journey.seenAtMs !== undefined || journey.settled !== undefined;
    await journey.until(() => isThere() || journey.lost.has('cloud'), deadline);
    if (journey.seenAtMs !== undefined) return log.reach('uplink', 'the cloud broker has it', journey.seenAtMs);
    if (journey.settled) {
      log.pass('uplink', 'unseen', 'not seen from here (no right to read captures there?), but its receipt came');
      return true;
    }
    if (signal.aborted) return false;
    if (journey.lost.has('cloud')) return this.#failLost('uplink', 'cloud');
    const counts = await readForwarderCounts(config, signal);
    if (isUnanswered(counts)) return this.#failUnanswered(counts, signal);
    const heard = await askNeighbour('forwarder', config, signal);
    if (!isImageShown) heard.push('this user may not read captures on the cloud broker: the image may be there');
    return log.fail('uplink', uplinkFault(addressOf(config.cloud), this.#patience, heard, counts));
  }

  /** The forwarder has its way to the cloud, and others wait before the test image: it is not the forwarder that stands still. */
  async #failUnanswered(counts: ForwarderCounts, signal: AbortSignal): Promise<false> {
    const { log, site } = this.#options;
    const { config } = site;
    log.pass('uplink', 'unseen', 'the forwarder is connected; the test image waits behind others');
    const heard = await askNeighbour('image-processor', config, signal);
    const fault = unansweredFault(addressOf(config.cloud), config, this.#patience, heard, counts);
    return log.fail('image-processor', fault);
  }

  async #reachProcessor(deadline: AbortSignal, signal: AbortSignal): Promise<boolean> {
    const { journey, log, site } = this.#options;
    const { config } = site;
    await journey.until(() => journey.settled !== undefined || journey.lost.has('cloud'), deadline);
    if (journey.settled) {
      const { atMs, receipt } = journey.settled;
      if (receipt.state === 'refused') return log.fail('image-processor', refusalFault(receipt), atMs);
      const clock = clockRemark(journey, this.#publishedAtMs);
      if (clock !== undefined) log.remark(clock);
      return log.reach('image-processor', `${receipt.by} ${reportWords(receipt.test)}`, atMs);
    }
    if (signal.aborted) return false;
    if (journey.lost.has('cloud')) return this.#failLost('image-processor', 'cloud');
    const heard = await askNeighbour('image-processor', config, signal);
    const fault = processorFault(addressOf(config.cloud), config.topicPrefix, this.#patience, heard);
    return log.fail('image-processor', fault);
  }

  async #lookIntoStore(signal: AbortSignal): Promise<void> {
    const { journey, image, site, log } = this.#options;
    const report = journey.settled?.receipt.test;
    if (report?.left) log.remark(`the store keeps the test image as ${report.left.key}: ${report.left.why}`);
    if (!site.store) {
      log.pass('store', 'unseen', 'store.url is not set here: the word of the image-processor must do');
      if (!report) log.remark('an older image-processor has stored the test image as a face of the camera doctor');
      return;
    }
    const { address, left, fault } = await lookIntoStore(site.store, image, signal);
    if (fault !== undefined) return log.pass('store', 'unseen', `not seen from here: ${fault}`);
    log.reach('store', left.length === 0 ? `${address}: nothing is left` : `${address}: the test image is still there`);
    // The processor has said so itself where it could.
    if (left.length > 0 && !report?.left) log.remark(`the store keeps the test image, delete it: ${left.join(', ')}`);
  }

  get #patience(): string {
    return `${this.#options.timeoutSeconds} s`;
  }

  #failLost(hop: HopName, side: Side): false {
    return this.#options.log.fail(hop, linkFault(side, 'it ended the connection'));
  }
}

function firstHop(from: Side): HopName {
  return from === 'edge' ? 'forwarder' : 'image-processor';
}

async function aborted(signal: AbortSignal): Promise<string> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return 'it did not acknowledge in time';
}
