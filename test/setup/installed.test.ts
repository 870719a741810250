import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasStamp, missingPackages, writeStamp } from '../../setup/installed.js';

describe('what an installation lacks', () => {
  let root = '';

  const lock = {
    packages: {
      '': { optionalDependencies: { vision: '1.0.0' } },
      'node_modules/mqtt': { version: '5.0.0' },
      'node_modules/vitest': { version: '4.0.0', dev: true },
      'node_modules/vision': { version: '1.0.0', optional: true },
      'node_modules/vision-darwin': { version: '1.0.0', optional: true, os: ['darwin'] },
    },
  };

  const record = (packages: Record<string, { version: string }>): void =>
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));

  const complete = {
    'node_modules/mqtt': { version: '5.0.0' },
    'node_modules/vitest': { version: '4.0.0' },
    'node_modules/vision': { version: '1.0.0' },
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sightline-setup-'));
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
    writeFileSync(join(root, 'node_modules/node/bin/node'), '');
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is everything where npm left no record', () => {
    expect(missingPackages(root, { dev: true })).toHaveLength(3);
  });

  it('is nothing after a whole installation, other systems’ packages aside', () => {
    record(complete);
    expect(missingPackages(root, { dev: true })).toEqual([]);
  });

  it('is what has another version', () => {
    record({ ...complete, 'node_modules/mqtt': { version: '4.9.9' } });
    expect(missingPackages(root, { dev: true })).toEqual(['node_modules/mqtt']);
  });

  it('is an optional package that the project itself names', () => {
    const { 'node_modules/vision': _, ...rest } = complete;
    record(rest);
    expect(missingPackages(root, { dev: true })).toEqual(['node_modules/vision']);
  });

  it('is nothing in an image installed without development and vision packages', () => {
    record({ 'node_modules/mqtt': { version: '5.0.0' } });
    expect(missingPackages(root, { dev: false })).toEqual([]);
    expect(missingPackages(root, { dev: true })).toHaveLength(2);
  });

  it('has no stamp before the set-up, one after it, none once the lock file changes', () => {
    expect(hasStamp(root)).toBe(false);
    writeStamp(root);
    expect(hasStamp(root)).toBe(true);
    writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock)}\n`);
    expect(hasStamp(root)).toBe(false);
  });

  it('has no valid stamp without Node 24', () => {
    writeStamp(root);
    rmSync(join(root, 'node_modules/node'), { recursive: true });
    expect(hasStamp(root)).toBe(false);
  });

  it('has no valid stamp where node_modules came from another project', () => {
    writeStamp(root);
    const other = mkdtempSync(join(tmpdir(), 'sightline-setup-'));
    cpSync(join(root, 'node_modules'), join(other, 'node_modules'), { recursive: true });
    writeFileSync(join(other, 'package-lock.json'), '{"packages":{}}');
    expect(hasStamp(other)).toBe(false);
    rmSync(other, { recursive: true });
  });
});
