import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../../test/support/run-command.ts';
import { configSchema } from '../platform/config/schema.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { checkConfigCommand } from './check-config.ts';
import { configKeys } from './config-keys.ts';
import { initCommand } from './init.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightline-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('init', () => {
  it('writes a file that passes check-config and changes nothing', async () => {
    const file = join(folder, 'new.yaml');
    expect(await runCommand(initCommand, file)).toMatchObject({ code: EXIT_CODES.ok });
    expect(loadConfig({ file, environment: {} }).config).toEqual(
      loadConfig({ file: write('empty.yaml', ''), environment: {} }).config,
    );
    const checked = await runCommand(checkConfigCommand, '--config', file);
    expect(checked).toMatchObject({
      code: EXIT_CODES.ok,
      stdout: expect.stringContaining('the configuration is good\n'),
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\S+sightline\.schema\.json\n/);
  });

  it('has every key as a comment, with its default or an example that passes', async () => {
    const file = join(folder, 'all.yaml');
    await runCommand(initCommand, file);
    // A commented key is `# key: value`; prose has no colon right after its first word, or begins with a capital.
    const text = readFileSync(file, 'utf8').replace(/^( *)# ((?:- | {2})?[a-z]\w*: .*)$/gm, (line, indent, rest) =>
      /^(auto|best|bare|mqtt|or):/.test(rest) ? line : indent + rest,
    );
    const tree = parse(text);
    for (const { path } of configKeys()) {
      expect(
        path.reduce((node, step) => node?.[step], tree),
        path.join('.'),
      ).toBeDefined();
    }
    // Certificates stand beside mqtts:// alone.
    const secured = text.replaceAll('broker: mqtt://', 'broker: mqtts://');
    const { config } = loadConfig({ file: write('uncommented.yaml', secured), environment: {} });
    const brokers = { edge: { broker: 'mqtts://localhost:1883' }, cloud: { broker: 'mqtts://localhost:1884' } };
    const defaults = configSchema.parse(brokers);
    expect(config).toMatchObject({ ...defaults, cameras: [{ id: 'door' }], models: {} });
  });

  it('leaves what is there as it is, unless told', async () => {
    const file = write('mine.yaml', 'device: mine\n');
    await expect(runCommand(initCommand, file)).rejects.toMatchObject({
      message: `Expected no file ${file}, got one that is there already`,
      hint: expect.stringContaining('--force'),
      exitCode: EXIT_CODES.usage,
    });
    expect(readFileSync(file, 'utf8')).toBe('device: mine\n');
    await runCommand(initCommand, file, '--force');
    expect(readFileSync(file, 'utf8')).toContain('# device: gate-3');
  });

  it('says so when it cannot write there', async () => {
    await expect(runCommand(initCommand, join(folder, 'none', 'x.yaml'))).rejects.toMatchObject({
      exitCode: EXIT_CODES.environment,
    });
  });
});

describe('check-config', () => {
  it('tells who sets which key', async () => {
    const file = write(
      'gate.yaml',
      'device: gate\n\ncameras:\n  - id: a\n    source: sample\n  - id: b\n    source: sample\n',
    );
    const { stdout } = await runCommand(checkConfigCommand, '--config', file);
    expect(stdout).toMatch(/^ {2}device +\S+gate\.yaml:1$/m);
    expect(stdout).toMatch(/^ {2}cameras\.1\.source +\S+gate\.yaml:7$/m);
    expect(stdout).not.toContain('topicPrefix');
  });

  it('fails with every fault', async () => {
    const file = write('bad.yaml', 'device: Gate\nspool: { maxByte: 1 }\n');
    await expect(runCommand(checkConfigCommand, '--config', file)).rejects.toMatchObject({
      exitCode: EXIT_CODES.usage,
      message: expect.stringMatching(/bad\.yaml:1: device: Expected.*\n.*bad\.yaml:2: spool\.maxByte: /),
    });
  });

  it('prints the whole configuration as YAML that passes again, without a secret', async () => {
    const file = write(
      'secrets.yaml',
      `cameras: [{ id: a, source: "rtsp://admin:hunter2@cam/x", password: hunter2 }]
edge: { broker: "mqtt://me:hunter2@h", password: hunter2 }
store: { url: "s3://b", accessKeyId: hunter2, secretAccessKey: hunter2 }
`,
    );
    const { stdout } = await runCommand(checkConfigCommand, '--config', file, '--print');
    expect(stdout).not.toContain('hunter2');
    expect(stdout).toContain('rtsp://***@cam/x');
    const again = loadConfig({ file: write('printed.yaml', stdout), environment: {} }).config;
    expect(again.spool).toEqual(configSchema.parse({}).spool);
  });

  it('prints the JSON Schema', async () => {
    const { stdout } = await runCommand(checkConfigCommand, '--schema');
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema.properties.spool.properties.maxBytes.default).toBe('8GiB');
    expect(schema.properties.edge.type).toEqual(['object', 'null']);
  });
});
