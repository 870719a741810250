import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { loadConfig } from '../config.ts';

const folders: { remove(): void }[] = [];
afterEach(() => {
  for (const { remove } of folders.splice(0)) remove();
});

function load(yaml: string, environment: Record<string, string> = {}) {
  const folder = temporaryFolder();
  folders.push(folder);
  const file = join(folder.path, 'site.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file, environment });
}

describe('outbox', () => {
  it('is in memory by default, and of another size there than on disk', () => {
    expect(load('version: 1').config.outbox).toMatchObject({ type: 'memory', maxBytes: 64 * 2 ** 20 });
    expect(load('outbox: { type: disk }').config.outbox).toMatchObject({ type: 'disk', maxBytes: 2 ** 30 });
    expect(load('outbox: { type: disk, maxBytes: 1MB }').config.outbox).toMatchObject({ maxBytes: 1e6 });
  });

  it('may be named by its type alone, in the file and in a variable, beside its other keys', () => {
    const loaded = load('outbox: disk', { SIGHTLINE_OUTBOX_PATH: '/data/outbox' });
    expect(loaded.config.outbox).toMatchObject({ type: 'disk', path: '/data/outbox' });
    expect(loaded.origin(['outbox', 'type'])).toMatch(/site\.yaml:1$/);
    const variable = load('outbox: { path: /data/outbox }', { SIGHTLINE_OUTBOX: 'disk' });
    expect(variable.config.outbox).toMatchObject({ type: 'disk', path: '/data/outbox' });
    expect(variable.origin(['outbox', 'type'])).toBe('SIGHTLINE_OUTBOX');
  });

  it('refuses a type that is none, with its place', () => {
    expect(() => load('version: 1\noutbox: dusk')).toThrow(
      /site\.yaml:2: outbox\.type: Expected one of "memory", "disk", got "dusk"/,
    );
    expect(() => load('version: 1', { SIGHTLINE_OUTBOX: 'dusk' })).toThrow(/SIGHTLINE_OUTBOX: Expected one of/);
  });
});
