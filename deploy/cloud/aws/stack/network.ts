import type { Stack } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Settings } from './settings.ts';

export interface Network {
  readonly vpc: Vpc;
  readonly gate: SecurityGroup;
}

/** A network of its own with one public subnet, no NAT, and one port open. */
export function createNetwork(stack: Stack, { port, from }: Settings): Network {
  const vpc = new Vpc(stack, 'Network', {
    ipAddresses: IpAddresses.cidr('10.83.0.0/24'),
    maxAzs: 1,
    natGateways: 0,
    subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26 }],
    // It would take a function that runs with rights of its own; nothing uses the default group.
    restrictDefaultSecurityGroup: false,
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
  });
  const gate = new SecurityGroup(stack, 'Gate', {
    vpc,
    description: 'Sightline: the TLS port of the broker alone',
    allowAllOutbound: false,
  });
  for (const range of from) gate.addIngressRule(Peer.ipv4(range), Port.tcp(port), 'MQTT over TLS');
  // DNS, time and the instance metadata are the subnet's own and pass no security group (VPC user guide).
  gate.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3, Systems Manager, packages and images');
  return { vpc, gate };
}
