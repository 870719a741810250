import { expect, it } from 'vitest';
import { missingPackage, missingPackageError } from './missing-package.ts';

it('names the package that an installation was made without', async () => {
  const name: string = '@sightline/not-there';
  const error = await import(name).catch((fault: unknown) => fault);
  expect(missingPackage(error)).toBe(name);
  expect(missingPackageError(name)).toMatchObject({ exitCode: 3, message: expect.stringContaining(name) });
});

it('takes no defect of ours for a missing package', async () => {
  const file: string = './not-there.ts';
  expect(missingPackage(await import(file).catch((fault: unknown) => fault))).toBeUndefined();
  expect(missingPackage(new Error("Cannot find package 'x'"))).toBeUndefined();
  expect(missingPackage('text')).toBeUndefined();
});
