import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings as read } from '../stack/settings.ts';

describe('settings', () => {
  it('need none', () => {
    assert.deepEqual(read({}), {
      port: 8883,
      prefix: '',
      keepDays: 30,
      processors: 2,
      host: '',
      from: ['0.0.0.0/0'],
      registry: '',
      encryption: 's3',
      instanceType: 't4g.small',
      snapshots: 7,
      fromSnapshot: '',
      alarmEmail: '',
    });
  });

  it('take nothing that a shell, run as root, would take for more than a word', () => {
    for (const key of [
      'prefix',
      'host',
      'registry',
      'from',
      'instanceType',
      'port',
      'processors',
      'encryption',
      'fromSnapshot',
    ])
      for (const evil of ["a'; reboot; '", '$(reboot)', '`reboot`', 'a b', 'a\nb', '%h', '-x'])
        assert.throws(() => read({ [key]: evil }), new RegExp(`^Error: Expected -c ${key}=… to be `), `${key}=${evil}`);
  });

  it('refuse a key that nobody knows, but for those of CDK', () => {
    assert.throws(() => read({ keepDay: 90 }), /^Error: Expected settings port, .*, alarmEmail; got keepDay$/);
    assert.equal(read({ '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:enable-asset-metadata': true }).port, 8883);
  });

  it('say what was expected', () => {
    assert.throws(
      () => read({ from: '1.2.3.4' }),
      /address ranges such as 203\.0\.113\.0\/24,198\.51\.100\.7\/32, got 1\.2\.3\.4$/,
    );
    assert.throws(() => read({ from: '300.0.0.0/8' }), /got 300\.0\.0\.0\/8$/);
    assert.throws(() => read({ port: 80 }), /a whole number from 1024 to 65535, got 80$/);
    assert.throws(() => read({ prefix: '/site-a/' }), /without \/ at its ends, got \/site-a\/$/);
  });
});
