import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SOURCE_PARTS } from '../stack/source-asset.ts';
import { synthesise } from './synthesise.ts';

const { folder } = synthesise();
const asset = join(folder, readdirSync(folder).find((name) => name.startsWith('asset.')) ?? 'none');
const files = filesOf(asset);

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe('the source that goes to the machine', () => {
  it('has what builds the images and starts them', () => {
    for (const file of [
      'package.json',
      'package-lock.json',
      'bin/run.js',
      'src/main.ts',
      'deploy/broker/entrypoint.sh',
      'deploy/cloud/aws/machine/set-up.sh',
      'deploy/cloud/run.sh',
      'deploy/images/Dockerfile',
    ])
      assert.ok(files.includes(file), `Expected ${file} among ${files.length} files`);
  });

  it('has all of the program but its tests', () => {
    const clone = fileURLToPath(new URL('../../../../', import.meta.url));
    for (const folder of ['bin', 'setup', 'src', 'deploy/images', 'deploy/broker']) {
      const expected = filesOf(join(clone, folder)).filter((file) => !file.endsWith('.test.ts'));
      assert.deepEqual(filesOf(join(asset, folder)), expected, folder);
    }
  });

  it('has nothing else of a clone, which may hold passwords, keys and faces', () => {
    for (const name of readdirSync(asset))
      assert.ok((SOURCE_PARTS as readonly string[]).includes(name), `Expected no ${name}`);
    const suspicious = /(^|\/)(node_modules|cdk\.out|\.git)\/|\.(key|pem|crt|test\.ts)$|sightline\.yaml$/;
    assert.deepEqual(
      files.filter((file) => suspicious.test(file)),
      [],
    );
    assert.equal(existsSync(join(asset, 'deploy/cloud/aws/stack')), false);
  });
});
