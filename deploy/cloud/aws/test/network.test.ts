import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { synthesise } from './synthesise.ts';

describe('the network', () => {
  const { template, all, one } = synthesise();

  it('lets one port in, and one out', () => {
    const { SecurityGroupIngress, SecurityGroupEgress } = one('AWS::EC2::SecurityGroup').Properties;
    assert.deepEqual(SecurityGroupIngress, [
      { CidrIp: '0.0.0.0/0', Description: 'MQTT over TLS', FromPort: 8883, ToPort: 8883, IpProtocol: 'tcp' },
    ]);
    assert.deepEqual(
      SecurityGroupEgress.map(({ FromPort, ToPort, IpProtocol }: Record<string, unknown>) => [
        IpProtocol,
        FromPort,
        ToPort,
      ]),
      [['tcp', 443, 443]],
    );
    for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress'])
      template.resourceCountIs(type, 0);
  });

  it('lets in whom it is told, on the port that it is told', () => {
    const group = synthesise({ port: 18883, from: '203.0.113.0/24,198.51.100.7/32' }).one('AWS::EC2::SecurityGroup');
    assert.deepEqual(
      group.Properties.SecurityGroupIngress.map(({ CidrIp, FromPort }: Record<string, unknown>) => [CidrIp, FromPort]),
      [
        ['203.0.113.0/24', 18883],
        ['198.51.100.7/32', 18883],
      ],
    );
  });

  it('knows no SSH: no key, no port 22', () => {
    assert.equal(one('AWS::EC2::Instance').Properties.KeyName, undefined);
    assert.doesNotMatch(JSON.stringify(template.toJSON()), /"(From|To)Port":22\b/);
  });

  it('costs no NAT gateway, and reaches S3 without leaving AWS', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    assert.equal(one('AWS::EC2::VPCEndpoint').Properties.VpcEndpointType, 'Gateway');
    assert.equal(all('AWS::EC2::Subnet').length, 1);
  });

  it('brings no functions of its own along', () => {
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });
});
