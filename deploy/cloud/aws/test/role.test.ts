import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Synthesised, synthesise } from './synthesise.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const listed = <Item>(value: Item | Item[]): Item[] => (Array.isArray(value) ? value : [value]);

function statements({ all }: Synthesised): Statement[] {
  return all('AWS::IAM::Policy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function allowed(synthesised: Synthesised): string[] {
  return statements(synthesised)
    .flatMap(({ Action }) => listed(Action))
    .sort();
}

/** The end of an ARN that begins with a reference. */
function tail(resource: unknown): unknown {
  const join = (resource as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  return join ? join[1].at(-1) : 'the bucket itself';
}

describe('the role of the machine', () => {
  const plain = synthesise();
  const below = synthesise({ prefix: 'site-a' });
  const statement = (sid: string, from = plain) => {
    const found = statements(from).find(({ Sid }) => Sid === sid);
    assert.ok(found, `Expected a statement ${sid}`);
    return found;
  };

  it('may do these things, and no others', () => {
    assert.deepEqual(allowed(plain), [
      'ec2:AttachVolume',
      'ec2:AttachVolume',
      's3:DeleteObject',
      's3:GetObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
    assert.deepEqual(
      allowed(synthesise({ encryption: 'kms' })).filter((action) => action.startsWith('kms:')),
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    );
  });

  it('has no wildcard in an action, no managed policy, and all resources only where AWS knows no narrower one', () => {
    for (const synthesised of [plain, below, synthesise({ encryption: 'kms', alarmEmail: 'a@example.com' })]) {
      for (const action of allowed(synthesised)) assert.doesNotMatch(action, /\*/);
      const everywhere = statements(synthesised).filter(({ Resource }) => listed(Resource).includes('*'));
      assert.deepEqual(
        everywhere.map(({ Sid }) => Sid),
        ['SessionManager'],
      );
      for (const { Properties } of synthesised.all('AWS::IAM::Role')) {
        if (Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service === 'dlm.amazonaws.com') continue;
        assert.equal(Properties.ManagedPolicyArns, undefined);
      }
    }
  });

  it('stores below the prefix alone', () => {
    assert.equal(tail(statement('StoreFaces').Resource), '/*');
    assert.equal(tail(statement('StoreFaces', below).Resource), '/site-a/*');
  });

  it('removes nothing but the probe and test images', () => {
    const removable = (from: Synthesised) => listed(statement('RemoveTests', from).Resource).map(tail);
    assert.deepEqual(removable(plain), ['/.sightline-probe', '/doctor/*']);
    assert.deepEqual(removable(below), ['/site-a/.sightline-probe', '/site-a/doctor/*']);
    const deleting = statements(plain).filter(({ Action }) =>
      listed(Action).some((action) => action.includes('Delete')),
    );
    assert.equal(deleting.length, 1);
  });

  it('lists below the prefix alone', () => {
    assert.deepEqual(statement('ListFaces', below).Condition, { StringLike: { 's3:prefix': ['site-a/', 'site-a/*'] } });
  });

  it('reads one file of the bucket with the source', () => {
    assert.match(String(tail(statement('ReadSource').Resource)), /^\/[0-9a-f]{64}\.zip$/);
  });

  it('uses the key through S3 alone', () => {
    const { Condition } = statement('UseFaceKey', synthesise({ encryption: 'kms' }));
    assert.deepEqual(Object.keys(Condition as object), ['StringEquals']);
    assert.match(JSON.stringify(Condition), /kms:ViaService/);
  });

  it('attaches its own volume, to its own kind of machine', () => {
    assert.deepEqual(
      (tail(statement('AttachOwnVolume').Resource) as { Ref: string }).Ref.replace(/[0-9A-F]{8}$/, ''),
      'Data',
    );
    const { Condition } = statement('AttachToItself');
    assert.deepEqual(Condition, { StringEquals: { 'aws:ResourceTag/sightline:part': 'cloud-machine' } });
    const { Tags } = plain.one('AWS::EC2::Instance').Properties;
    assert.ok(
      Tags.some(
        ({ Key, Value }: { Key: string; Value: string }) => Key === 'sightline:part' && Value === 'cloud-machine',
      ),
    );
  });

  it('can be taken by machines alone', () => {
    const principals = plain
      .all('AWS::IAM::Role')
      .map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement);
    assert.deepEqual(
      principals.map(([{ Principal }]) => Principal),
      [{ Service: 'ec2.amazonaws.com' }, { Service: 'dlm.amazonaws.com' }],
    );
  });
});
