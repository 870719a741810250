import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../../../platform/sightline-error.ts';
import { parseStoreUrl } from './open-store.ts';

test.each([
  ['./faces', { type: 'folder', path: resolve('faces') }],
  ['faces', { type: 'folder', path: resolve('faces') }],
  ['/srv/faces/', { type: 'folder', path: '/srv/faces' }],
  ['file:///srv/my%20faces', { type: 'folder', path: '/srv/my faces' }],
  ['s3://bucket', { type: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { type: 's3', bucket: 'bucket', prefix: '' }],
  ['s3://my.bucket-1/some/prefix/', { type: 's3', bucket: 'my.bucket-1', prefix: 'some/prefix' }],
] as const)('reads %s', (url, location) => {
  expect(parseStoreUrl(url)).toEqual(location);
});

test.each([
  'http://bucket/prefix',
  'gs://bucket',
  's3://',
  's3:bucket',
  's3://b',
  's3://bucket//double',
  's3://bucket/../other',
  's3://bucket/a/./b',
  's3://bucket/ü',
  's3://key:secret@bucket/prefix',
  'file://host/folder',
  'file://',
  '  ',
])('refuses %j with words', (url) => {
  const refusal = () => parseStoreUrl(url);
  expect(refusal).toThrow(UsageError);
  expect(refusal).toThrow(/^store\.url: Expected /);
  expect(refusal).not.toThrow(/secret/);
});

test.each([
  ['s3://b', 1],
  ['s3://ab/prefix', 2],
  [`s3://${'b'.repeat(64)}`, 64],
])('says of %j how long the name of a bucket is', (url, letters) => {
  expect(() => parseStoreUrl(url)).toThrow(
    `store.url: Expected a bucket's name of 3 to 63 characters after s3://, got one of ${letters}`,
  );
});
