import { expect, it } from 'vitest';
import { BARE_CAMERA, isName, toName } from './names.ts';

it.each(['a', '0', 'gate-3', 'a-', BARE_CAMERA, 'x'.repeat(48)])('takes %j as a name', (text) => {
  expect(isName(text)).toBe(true);
});

it.each([
  '',
  '-a',
  'A',
  'Gate',
  'a_b',
  'a.b',
  'a b',
  'a/b',
  '..',
  '../a',
  'a\n',
  '\na',
  'a\0',
  '+',
  '#',
  'a+',
  '$sys',
  'tür',
  'ａ',
  'x'.repeat(49),
])('refuses %j as a name', (text) => {
  expect(isName(text)).toBe(false);
});

it('refuses 64 KB as a name', () => {
  expect(isName('x'.repeat(65_536))).toBe(false);
});

it.each([
  ['Raspberry Pi (Küche).local', 'raspberry-pi-k-che-local'],
  ['gate-3', 'gate-3'],
  ['__Front  Door__', 'front-door'],
  ['../../etc/passwd', 'etc-passwd'],
  ['a\0b', 'a-b'],
  [`${'x'.repeat(47)}--y`, 'x'.repeat(47)],
])('makes %j fit as %j', (text, name) => {
  expect(toName(text)).toBe(name);
});

it.each(['', '---', '顔', ' \0 '])('says undefined where nothing usable is left of %j', (text) => {
  expect(toName(text)).toBeUndefined();
});

it('makes nothing but names out of long and odd texts', () => {
  for (const text of ['-'.repeat(100_000), `${'é'.repeat(70)}a`, 'Z'.repeat(200), `a${'-'.repeat(60)}b`]) {
    expect(isName(toName(text) ?? 'none')).toBe(true);
  }
});
