import { captureIdTime } from '../../contract/capture-id.ts';
import { type ImageFormat, readImageHeader } from '../../contract/image/image.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { RefusalError } from '../../contract/refusal.ts';
import { isSelfTest } from '../../contract/self-test.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { type CaptureAddress, type DeviceChannel, parseTopic } from '../../contract/topics.ts';
import { errorMessage } from '../../platform/sightline-error.ts';

export type MessageKind = 'capture' | 'bare' | DeviceChannel | 'refused';

/** What one line of the log says of a message. */
export interface MessageEntry {
  readonly kind: MessageKind;
  readonly topic: string;
  readonly bytes: number;
  readonly retained?: true;
  readonly id?: string;
  readonly device?: string;
  readonly camera?: string;
  /** Sent by `sightline doctor`: nobody's face. */
  readonly test?: true;
  readonly format?: ImageFormat;
  /** Pixels, as stored. */
  readonly width?: number;
  readonly height?: number;
  /** From the instant in the capture's id to now; below zero when the clocks disagree. */
  readonly delaySeconds?: number;
  /** Of a bare image, which has no id. */
  readonly sha256?: string;
  readonly state?: string;
  readonly count?: number;
  readonly by?: string;
  /** Status, stats and ledger as they came: JSON where it is JSON, else text. */
  readonly said?: unknown;
  readonly reason?: string;
  readonly detail?: string;
}

interface IncomingMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** Longest part of a topic, and of what a device says of itself, that a line holds. */
const MAX_TOPIC_LENGTH = 200;
const MAX_SAID_BYTES = 8192;

/** Describes any message on the topic tree, from its topic and the first bytes of an image alone. Never throws: what is odd is `refused`. */
export function describeMessage(prefix: string, { topic, payload, retain }: IncomingMessage, now: Date): MessageEntry {
  const base = {
    topic: topic.length > MAX_TOPIC_LENGTH ? `${topic.slice(0, MAX_TOPIC_LENGTH)}…` : topic,
    bytes: payload.length,
    ...(retain ? { retained: true as const } : {}),
  };
  try {
    const parsed = parseTopic(prefix, topic);
    switch (parsed.type) {
      case 'bare':
        return { kind: 'bare', ...base, ...readImageHeader(payload), sha256: sha256Hex(payload) };
      case 'capture':
        return { kind: 'capture', ...base, ...readCapture(parsed, payload, now) };
      case 'receipts':
        return { kind: 'receipts', ...base, device: parsed.device, ...readReceipt(payload) };
      default:
        return { kind: parsed.type, ...base, device: parsed.device, said: readSaid(payload) };
    }
  } catch (error) {
    const reason = error instanceof RefusalError ? error.reason : 'unreadable';
    return { kind: 'refused', ...base, reason, detail: errorMessage(error) };
  }
}

function readCapture({ device, camera, id }: CaptureAddress, payload: Buffer, now: Date) {
  const delaySeconds = (now.getTime() - captureIdTime(id).getTime()) / 1000;
  const mark = isSelfTest({ camera }) ? { test: true as const } : {};
  return { id, device, camera, ...mark, ...readImageHeader(payload), delaySeconds };
}

function readReceipt(payload: Buffer): Partial<MessageEntry> & { kind?: 'refused' } {
  const receipt = decodeReceipt(payload);
  if (!receipt) return { kind: 'refused', reason: 'not-a-receipt' };
  const { state, captures, by, reason } = receipt;
  return { state, count: captures.length, by, ...(reason === undefined ? {} : { reason }) };
}

function readSaid(payload: Buffer): unknown {
  const text = payload.toString('utf8', 0, MAX_SAID_BYTES);
  if (payload.length > MAX_SAID_BYTES) return `${text}…`;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
