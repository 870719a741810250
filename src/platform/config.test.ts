import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConfigLayer } from './config/layer.ts';
import { type ConfigSources, deviceName, loadConfig } from './config.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { UsageError } from './sightline-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightline-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string, name = 'sightline.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Loads a text as the file, with nothing of this process's environment. */
const load = (text: string, sources: ConfigSources = {}) =>
  loadConfig({ file: write(text), environment: {}, ...sources });

function fault(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('Expected a UsageError, got none');
}

/** The message without the folder. */
const message = (run: () => unknown) => fault(run).message.replaceAll(`${folder}/`, '');

const flags = (path: ConfigLayer['entries'][number]['path'], value: unknown): ConfigLayer => ({
  entries: [{ path, value }],
  describe: () => '--flag',
});

describe('loadConfig', () => {
  it('takes defaults, then the file, then the environment, then flags', () => {
    const text = 'capture:\n  format: jpeg\n  mode: every\n  imageQuality: 80\n';
    const environment = { SIGHTLINE_CAPTURE_MODE: 'best', SIGHTLINE_CAPTURE_IMAGE_QUALITY: '70' };
    const { config, origin, isSet } = load(text, { environment, flags: flags(['capture', 'imageQuality'], 60) });
    expect(config.capture).toMatchObject({ format: 'jpeg', mode: 'best', imageQuality: 60, margin: 0.25 });
    expect(origin(['capture', 'format'])).toBe(`${folder}/sightline.yaml:2`);
    expect(origin(['capture', 'mode'])).toBe('SIGHTLINE_CAPTURE_MODE');
    expect(origin(['capture', 'imageQuality'])).toBe('--flag');
    expect(origin(['capture', 'margin'])).toBeUndefined();
    expect([isSet(['capture', 'format']), isSet(['capture', 'margin']), isSet(['store'])]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('works with nothing at all, and knows no password', () => {
    const { config, file } = loadConfig({ environment: {} });
    expect(file).toBeUndefined();
    expect(config).toMatchObject({ topicPrefix: 'face_detection', store: { url: './faces' }, edge: { qos: 1 } });
    expect(JSON.stringify(config)).not.toMatch(/password|secret|accessKey/i);
  });

  it('takes an empty file, and sections over nothing but comments, for nothing', () => {
    expect(load('# nothing\n').config.edge.qos).toBe(1);
    expect(load('cameras:\n  # - id: door\nedge:\n  # qos: 2\n').config).toMatchObject({
      cameras: [],
      edge: { qos: 1 },
    });
    expect(load('edge:\n', { environment: { SIGHTLINE_EDGE_QOS: '2' } }).config.edge.qos).toBe(2);
  });

  it('finds the file by SIGHTLINE_CONFIG, and says what to do when it is not there', () => {
    const file = write('device: gate\n', 'other.yaml');
    expect(loadConfig({ environment: { SIGHTLINE_CONFIG: file } }).config.device).toBe('gate');
    const missing = fault(() => loadConfig({ file: join(folder, 'none.yaml'), environment: {} }));
    expect(missing.message).toContain('none.yaml: Expected a configuration file, got ENOENT');
    expect(missing.hint).toContain('sightline init');
    expect(missing.exitCode).toBe(EXIT_CODES.usage);
  });

  it('reads sizes in both kinds of units', () => {
    const { config } = load(
      'spool: { maxBytes: 1.5GiB, minFreeBytes: 500MB, quarantineMaxBytes: 1024 }\nsend: { maxWindowBytes: 4 MiB }',
    );
    expect(config.spool).toMatchObject({ maxBytes: 1.5 * 2 ** 30, minFreeBytes: 5e8, quarantineMaxBytes: 1024 });
    expect(config.send.maxWindowBytes).toBe(4 * 2 ** 20);
  });

  it.each(['-1', '0', '8gib', '8 GiBs', 'many', '.nan', '.inf', '[]'])('refuses the size %s', (size) => {
    expect(message(() => load(`spool: { maxBytes: ${size} }`))).toContain(
      'spool.maxBytes: Expected a size such as 8GiB',
    );
  });

  it('puts ~ where the home folder is', () => {
    expect(load('models: { path: ~/m }').config.models.path).toBe(`${homedir()}/m`);
  });

  it('tells every fault at once, each with file and line, key, what was expected and what was got', () => {
    const text = `device: Gate
edge:
  broker: localhost:1883
  qos: 3
capture:
  mode: bset
detector: { minScore: 5 }
cameras:
  - id: door
    source: sample
  - source: sample
    fps: 0
http: 7300
spool: { keepDays: 1 }
store: { pathStyle: 1 }
`;
    expect(message(() => load(text)).split('\n')).toEqual([
      'sightline.yaml:1: device: Expected 1 to 48 of a-z, 0-9 and -, beginning with a letter or digit, got "Gate"',
      'sightline.yaml:11: cameras.1.id: Expected a value of type string, got nothing',
      'sightline.yaml:12: cameras.1.fps: Expected more than 0, got 0',
      'sightline.yaml:7: detector.minScore: Expected at most 1, got 5',
      'sightline.yaml:6: capture.mode: Expected one of "best", "every", got "bset"',
      'sightline.yaml:3: edge.broker: Expected mqtt://host:port or mqtts://host:port, got "localhost:1883"',
      'sightline.yaml:4: edge.qos: Expected 0 or 1 or 2, got 3',
      'sightline.yaml:14: spool.keepDays: Expected at least 7, got 1',
      'sightline.yaml:15: store.pathStyle: Expected a value of type boolean, got 1',
      'sightline.yaml:13: http: Expected keys with values, got 7300',
    ]);
  });

  it('names an unknown key, the keys that there are, and the one that was meant', () => {
    expect(message(() => load('spool:\n  maxByte: 1GiB\n'))).toBe(
      'sightline.yaml:2: spool.maxByte: Expected one of path, maxBytes, minFreeBytes, quarantineMaxBytes, keepDays, got an unknown key; did you mean maxBytes?',
    );
    expect(message(() => load('log: { colour: red }'))).toMatch(/got an unknown key$/);
    expect(message(() => load('cameras: [{ id: a, source: b, fsp1: 3 }]'))).toContain(
      'sightline.yaml:1: cameras.0.fsp1: Expected one of id,',
    );
    expect(message(() => load('constructor: 1\n__proto__: { x: 1 }\n'))).toContain(
      'sightline.yaml:1: constructor: Expected one of',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['edge: [\n', 'Expected YAML'],
    ['a: 1\na: 2\n', 'Expected YAML'],
    ['- a\n- b\n', 'Expected keys with values, got a list'],
    ['root:$6$secret:19000\n', 'Expected keys with values, got a string'],
  ])('refuses the file %j', (text, expected) => {
    expect(message(() => load(text))).toMatch(new RegExp(`^sightline.yaml:\\d: ${expected}`));
    expect(message(() => load(text))).not.toContain('secret');
  });

  it('refuses a camera id given twice', () => {
    expect(message(() => load('cameras: [{ id: a, source: b }, { id: a, source: c }]'))).toContain(
      'a different id for each camera',
    );
  });

  it('wants both halves of a key pair', () => {
    const text = message(() => load('store: { secretAccessKey: hunter2 }'));
    expect(text).toContain('Expected accessKeyId and secretAccessKey together');
    expect(text).not.toContain('hunter2');
  });

  it('never prints a secret back', () => {
    const faults = [
      'edge: { password: [hunter2] }',
      'edge: { password: { hunter2: hunter2 } }',
      'edge: { broker: "http://user:hunter2@host" }',
      'cameras: [{ id: 1, source: "rtsp://a:hunter2@b" }]',
      'cameras: "rtsp://a:hunter2@b"',
      'edge: "mqtt://user:hun ter2@host"',
      'store: { endpoint: "not a url?token=hunter2" }',
    ].map((text) => message(() => load(text)));
    faults.push(message(() => loadConfig({ environment: { SIGHTLINE_EDGE_BROKER: 'tcp://me:hunter2@host' } })));
    for (const text of faults) expect(text).not.toMatch(/hunter2|ter2/);
  });

  it.each([
    'a/#',
    '+',
    'a/+/b',
    '/a',
    'a/',
    'a//b',
    'a b',
    '$SYS',
    '$share/g/t',
    '',
    'a\0b',
    'a\u0007',
    'é'.repeat(101),
  ])('refuses the topic prefix %j', (prefix) => {
    expect(message(() => load(`topicPrefix: ${JSON.stringify(prefix)}`))).toMatch(/topicPrefix: Expected/);
  });

  it.each(['faces', 'site/1/faces', 'gesichter-größe', 'a$b'])('takes the topic prefix %j', (prefix) => {
    expect(load(`topicPrefix: ${JSON.stringify(prefix)}`).config.topicPrefix).toBe(prefix);
  });

  it.each(['mqtt://h:99999', 'mqtt://', 'mqtt:/h', 'mqtts://[::1', ''])('refuses the broker %j', (broker) => {
    expect(message(() => load(`cloud: { broker: ${JSON.stringify(broker)} }`))).toContain(
      'cloud.broker: Expected mqtt://',
    );
  });
});

describe('environment variables', () => {
  const read = (environment: Record<string, string>) => loadConfig({ environment }).config;

  it('name keys by their words, and items of lists by their index', () => {
    const config = read({
      SIGHTLINE_CAMERAS_0_ID: 'door',
      SIGHTLINE_CAMERAS_0_SOURCE: 'sample',
      SIGHTLINE_CAMERAS_1_ID: 'yard',
      SIGHTLINE_CAMERAS_1_SOURCE: '5',
      SIGHTLINE_CAMERAS_1_FPS: '2.5',
      SIGHTLINE_SPOOL_MAX_BYTES: '2GiB',
      SIGHTLINE_STORE_ACCESS_KEY_ID: 'id',
      SIGHTLINE_STORE_SECRET_ACCESS_KEY: '0123',
      SIGHTLINE_STORE_PATH_STYLE: 'TRUE',
      SIGHTLINE_MESSAGE_LOGGER_MAX_FILES: '3',
      SIGHTLINE_DETECTOR_MIN_SCORE: '0.7',
      SIGHTLINE_CLOUD_PROTOCOL: '5',
      SIGHTLINE_CLOUD_PASSWORD: '12345',
    });
    expect(config.cameras).toEqual([
      { id: 'door', source: 'sample' },
      { id: 'yard', source: '5', fps: 2.5 },
    ]);
    expect(config).toMatchObject({
      spool: { maxBytes: 2 ** 31 },
      store: { accessKeyId: 'id', secretAccessKey: '0123', pathStyle: true },
      messageLogger: { maxFiles: 3 },
      detector: { minScore: 0.7 },
      cloud: { protocol: '5', password: '12345' },
    });
  });

  it('change one key of a camera in the file', () => {
    const environment = { SIGHTLINE_CAMERAS_0_PASSWORD: 'x' };
    expect(load('cameras: [{ id: a, source: b }]', { environment }).config.cameras).toEqual([
      { id: 'a', source: 'b', password: 'x' },
    ]);
  });

  it('name a file for a secret with _FILE', () => {
    const file = write('hunter2\n', 'secret');
    expect(read({ SIGHTLINE_CLOUD_PASSWORD_FILE: file }).cloud.password).toBe('hunter2');
    expect(message(() => read({ SIGHTLINE_CLOUD_PASSWORD_FILE: join(folder, 'none') }))).toContain(
      'SIGHTLINE_CLOUD_PASSWORD_FILE: Expected a file that can be read, got ENOENT',
    );
  });

  it('are refused when they are no key', () => {
    for (const variable of [
      'SIGHTLINE_EGDE_BROKER',
      'SIGHTLINE_CAMERAS',
      'SIGHTLINE_CAMERAS_X_ID',
      'SIGHTLINE_EDGE',
      'SIGHTLINE_',
    ]) {
      expect(message(() => read({ [variable]: 'hunter2' }))).toBe(
        `${variable}: Expected SIGHTLINE_ and a key of the configuration, got an unknown key`,
      );
    }
  });

  it('are passed over when they belong to others', () => {
    expect(read({ SIGHTLINE_TEST_KILL: 'x', SIGHTLINE_LAUNCHER_PID: '1', SIGHTLINES: 'x', PATH: 'y' }).edge.qos).toBe(
      1,
    );
  });

  it('name themselves in a fault', () => {
    expect(message(() => read({ SIGHTLINE_HTTP_PORT: 'high' }))).toBe(
      'SIGHTLINE_HTTP_PORT: Expected a value of type number, got "high"',
    );
    expect(message(() => read({ SIGHTLINE_CAMERAS_1_ID: 'a', SIGHTLINE_CAMERAS_1_SOURCE: 'b' }))).toContain(
      'cameras.0',
    );
  });
});

describe('deviceName', () => {
  it('comes from the configuration, else from the host', () => {
    expect(deviceName(load('device: gate-3').config, () => 'host')).toBe('gate-3');
  });
});
