import { expect, it } from 'vitest';
import { NAME_PATTERN } from '../src/contract/names.ts';
import { CONFIG_NAME_PATTERN } from '../src/platform/config/fields.ts';

it('names in the configuration follow the rule of the contract, which platform may not import', () => {
  expect(CONFIG_NAME_PATTERN.source).toBe(NAME_PATTERN.source);
  expect(CONFIG_NAME_PATTERN.flags).toBe(NAME_PATTERN.flags);
});
