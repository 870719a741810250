import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SOURCE_PARTS } from '../stack/source-asset.ts';
import { synthesise } from './synthesise.ts';

const { folder } = synthesise();
const asset = join(folder, readdirSync(folder).find((name) => name.startsWith('asset.')) ?? 'none');
const files = readdirSync(asset, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(asset.length + 1));

describe('the source that goes to the machine', () => {
  it('has what builds the images and starts them', () => {
    for (const file of [
      'package.json',
      'package-lock.json',
      'bin/run.js',
      'src/main.ts',
      'deploy/cloud/aws/machine/set-up.sh',
    ])
      assert.ok(files.includes(file), `Expected ${file} among ${files.length} files`);
  });

  it('has nothing else of a clone, which may hold passwords, keys and faces', () => {
    for (const name of readdirSync(asset))
      assert.ok((SOURCE_PARTS as readonly string[]).includes(name), `Expected no ${name}`);
    assert.deepEqual(
      files.filter(
        (file) =>
          /(^|\/)(node_modules|cdk\.out|\.git)\/|\.(key|pem|crt)$|sightline\.yaml$/.test(file) &&
          !file.includes('/kubernetes/'),
      ),
      [],
    );
    assert.equal(existsSync(join(asset, 'deploy/cloud/aws/stack')), false);
  });
});
