import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { loadConfig } from '../config.ts';

function load(text: string) {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  const file = join(path, 'sightline.yaml');
  writeFileSync(file, text);
  return loadConfig({ file });
}

it.each([
  [
    'cloud: { broker: "mqtt://cloud:1883", cert: a.crt, key: a.key }',
    'cloud.broker',
    'Expected mqtts:// where there is a cert, got "mqtt://cloud:1883"',
  ],
  ['cloud: { broker: "mqtt://cloud:1883", ca: ca.crt }', 'cloud.broker', 'Expected mqtts:// where there is a ca'],
  ['edge: { ca: ca.crt }', 'edge.broker', 'Expected mqtts:// where there is a ca'],
  ['cloud: { broker: "mqtts://cloud:8883", key: a.key }', 'cloud.key', 'Expected cert and key together'],
])('refuses certificates that would not be used as they are meant: %s', (text, key, expected) => {
  expect(() => load(text)).toThrow(`${key}: ${expected}`);
});

it('takes a CA alone, and with it a client certificate and its key', () => {
  for (const text of ['ca: ca.crt', 'ca: ca.crt, cert: a.crt, key: a.key'])
    expect(load(`cloud: { broker: "mqtts://cloud:8883", ${text} }`).config.cloud.ca).toBe('ca.crt');
});

it.each(['MQTTS://cloud:8883', 'cloud:8883', 'mqtts://'])('tells one fault of what is no broker: %s', (broker) => {
  expect(() => load(`cloud: { broker: "${broker}", ca: ca.crt }`)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^\S+ cloud\.broker: Expected mqtt:\/\/host:port or mqtts:\/\/host:port, got .*$/),
    }),
  );
});
