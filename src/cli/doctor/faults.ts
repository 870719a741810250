import type { Receipt } from '../../contract/receipts.ts';
import type { Config, LinkConfig } from '../../platform/config/schema.ts';
import type { ConnectError } from '../../platform/mqtt/link-errors.ts';
import { redactUrl } from '../../platform/redact-url.ts';
import { addressOf } from './broker-address.ts';
import type { Fault } from './hop.ts';
import type { Side } from './journey.ts';
import type { ForwarderCounts } from './neighbours.ts';

/** A broker that could not be connected to. `origin`: who set its URL. */
export function brokerFault(side: Side, link: LinkConfig, error: ConnectError, origin: string | undefined): Fault {
  const { reason } = error;
  const advice = /connack-(4|5|134|135)$/.test(reason)
    ? [`Correct ${side}.username and ${side}.password (or its certificate), and the broker's own list of users.`]
    : /CERT|SELF_SIGNED|UNABLE_TO/.test(reason)
      ? [`Name the CA with ${side}.ca, and the host in ${side}.broker as the certificate names it.`]
      : [
          `Is the broker running? Without one: \`npm start\`, or \`npx sightline broker\`.`,
          `Is ${side}.broker right? It is ${origin === undefined ? 'the default: nobody has set it' : `set by ${origin}`}.`,
        ];
  return {
    expected: `a connection to the ${side} broker at ${addressOf(link)}`,
    got: redactUrl(error.message),
    heard: [],
    advice,
  };
}

/** The broker stands, but doctor may not listen to receipts there. */
export function deafFault(side: Side, topic: string): Fault {
  return {
    expected: `to be let listen to ${topic} on the ${side} broker`,
    got: 'the broker refused the subscription',
    heard: [],
    advice: [
      `Let this user read ${topic} in the broker's access rules: the ${side === 'edge' ? 'face-detector' : 'forwarder'} needs it too.`,
    ],
  };
}

/** Nobody said `held`. */
export function forwarderFault(place: string, prefix: string, seconds: string, heard: readonly string[]): Fault {
  return {
    expected: `a forwarder to say on ${place} that it keeps the test image`,
    got: `nothing within ${seconds}`,
    heard,
    advice: [
      'Is it running? `npx sightline forwarder`',
      `Does it use this edge broker (edge.broker) and this topicPrefix (${prefix})?`,
      'Do the access rules of the edge broker let it read captures and publish receipts?',
    ],
  };
}

/** Held, and never seen again. */
export function uplinkFault(place: string, seconds: string, heard: readonly string[], counts: ForwarderCounts): Fault {
  const { isCloudConnected, isFull } = counts;
  return {
    expected: `the forwarder to bring the test image to the cloud broker at ${place}`,
    got: `nothing of it there within ${seconds}`,
    heard: [
      ...heard,
      ...(isFull ? ['its spool is full: a test image, worth nothing, finds no place there'] : []),
      ...(isCloudConnected === false ? ['it has no connection to the cloud broker'] : []),
      ...waitingWords(counts),
    ],
    advice:
      isCloudConnected === false
        ? ['Its log says why (broker not reached): cloud.broker, user, password and certificates of the forwarder.']
        : [
            'Does it use this cloud broker (cloud.broker)? Do its access rules let it publish captures?',
            'See whether the cloud half works: `npx sightline doctor --from cloud`',
          ],
  };
}

/** The forwarder stands ready with captures before this one: while nobody answers, it tries the oldest only. */
export function unansweredFault(
  place: string,
  { topicPrefix }: Pick<Config, 'topicPrefix'>,
  seconds: string,
  heard: readonly string[],
  counts: ForwarderCounts,
): Fault {
  return {
    expected: `somebody in the cloud to answer what the forwarder sends to ${place}`,
    got: `nobody in the cloud answers the forwarder (waited ${seconds})`,
    heard: [...waitingWords(counts), ...heard],
    advice: [
      'Is an image-processor running? `npx sightline image-processor`; one whose store is away leaves the broker: its own log and `npx sightline health image-processor` say why.',
      `Does it use this cloud broker (cloud.broker), this topicPrefix (${topicPrefix}) and the group that all image-processors share (processor.group)?`,
      'See whether the cloud half works: `npx sightline doctor --from cloud`. Where it does, the forwarder catches up by itself: while nobody answers it tries the oldest capture only, every second to every five minutes.',
      'Where it does not come up then: do the access rules of the cloud broker let the forwarder publish captures and read receipts?',
    ],
  };
}

function waitingWords({ waiting }: ForwarderCounts): string[] {
  const others = waiting === undefined ? 0 : waiting - 1;
  if (others <= 0) return [];
  return [others === 1 ? '1 more capture waits in its spool' : `${others} more captures wait in its spool`];
}

/** It is at the cloud broker, and no receipt comes. */
export function processorFault(place: string, prefix: string, seconds: string, heard: readonly string[]): Fault {
  return {
    expected: `an image-processor to say on ${place} that it has stored the test image`,
    got: `nothing within ${seconds}`,
    heard,
    advice: [
      'Is one running? `npx sightline image-processor`; one whose store is away leaves the broker: its own log and `npx sightline health image-processor` say why.',
      `Does it use this cloud broker (cloud.broker) and this topicPrefix (${prefix})?`,
      'Do the access rules of the cloud broker let it read captures and publish receipts, and this user read them?',
    ],
  };
}

/** Somebody said never. */
export function refusalFault({ by, reason }: Receipt): Fault {
  return {
    expected: 'the test image to be taken',
    got: `${by} refused it: ${reason ?? 'no reason given'}`,
    heard: [],
    advice: [
      'The contract has what each reason means (docs/contract.md). Do all services have about the same version?',
    ],
  };
}

/** The connection broke in the middle of it, or the broker would not take the image. */
export function linkFault(side: Side, what: string): Fault {
  return {
    expected: `the ${side} broker to take the test image and to let receipts through`,
    got: what,
    heard: [],
    advice: [`Look at the log of the ${side} broker; its limits (message size) and access rules may say no.`],
  };
}
