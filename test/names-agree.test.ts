import { expect, it } from 'vitest';
import { BARE_CAMERA, NAME_PATTERN } from '../src/contract/names.ts';
import { DOCTOR_CAMERA } from '../src/contract/self-test.ts';
import { CONFIG_NAME_PATTERN } from '../src/platform/config/fields.ts';
import { configSchema } from '../src/platform/config/schema.ts';

it('names in the configuration follow the rule of the contract, which platform may not import', () => {
  expect(CONFIG_NAME_PATTERN.source).toBe(NAME_PATTERN.source);
  expect(CONFIG_NAME_PATTERN.flags).toBe(NAME_PATTERN.flags);
});

it.each([BARE_CAMERA, DOCTOR_CAMERA])(
  'no camera may be called %s in the configuration: the contract has taken it',
  (id) => {
    const { error } = configSchema.safeParse({ cameras: [{ id, source: 'sample' }] });
    expect(error?.issues[0]?.message).toMatch(`Expected another name than ${id}`);
  },
);
