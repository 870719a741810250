import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configKeys } from './config-keys.ts';
import { generatedFiles } from './generated-files.ts';

describe('generatedFiles', () => {
  it.each(Object.entries(generatedFiles()))(
    '%s in the tree is what the schema says: else run `npm run generate`',
    (path, text) => {
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );

  it('describes every key', () => {
    expect(configKeys().filter(({ description }) => description === '')).toEqual([]);
  });

  it('names each variable once', () => {
    const variables = configKeys().map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});
