import { expect, it } from 'vitest';
import { bareInference } from './bare-inference.ts';

it("runs a model's own network, and again", async () => {
  const { inputShape, infer } = await bareInference('ssd', '/nowhere', { width: 1280, height: 720 });
  expect(inputShape).toEqual([1, 3, 368, 640]);
  await infer();
  await infer();
});
