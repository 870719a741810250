import { expect, it } from 'vitest';
import { endOfDisconnect, endOfError } from './connection-end.ts';

it('has a short word for each end', () => {
  const reasons = [0, 135, 139, 141, 142, 147, 149, 151, 130, 255].map((code) => endOfDisconnect(code).reason);
  expect(reasons).toEqual([
    'closed-by-broker',
    'not-authorized',
    'broker-shutdown',
    'keepalive',
    'taken-over',
    'receive-maximum',
    'packet-too-large',
    'quota',
    'protocol',
    'protocol',
  ]);
  const coded = (code: unknown) => endOfError(Object.assign(new Error('as it says'), { code })).reason;
  expect(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 149, undefined].map(coded)).toEqual([
    'reset',
    'reset',
    'network',
    'packet-too-large',
    'protocol',
  ]);
});
