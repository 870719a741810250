import { expect, it } from 'vitest';
import { shownFilter } from './shown-filter.ts';

it('shows a filter without the name of its group', () => {
  expect(shownFilter('$share/6f1c/face_detection/+/captures/#')).toBe('$share/***/face_detection/+/captures/#');
  expect(shownFilter('face_detection/gate-3/receipts')).toBe('face_detection/gate-3/receipts');
});
