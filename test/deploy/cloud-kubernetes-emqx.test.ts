import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseHocon } from './cloud-kubernetes/hocon.ts';

// No EMQX runs here: that these are the settings, and that no other ones are, is what can be seen.
describe('the configuration of EMQX', () => {
  const text = readFileSync(
    new URL('../../deploy/cloud/kubernetes/components/emqx/emqx.conf', import.meta.url),
    'utf8',
  );
  const config = parseHocon(text);

  it('opens TLS with client certificates, and nothing else', () => {
    expect(config.listeners).toMatchObject({
      ssl: {
        default: {
          bind: '0.0.0.0:8883',
          enable_authn: 'false',
          ssl_options: {
            verify: 'verify_peer',
            fail_if_no_peer_cert: 'true',
            versions: ['tlsv1.3', 'tlsv1.2'],
            cacertfile: '/etc/sightline/tls/ca.crt',
          },
        },
      },
      tcp: { default: { enable: 'false' } },
      ws: { default: { enable: 'false' } },
      wss: { default: { enable: 'false' } },
    });
    expect(config.dashboard).toEqual({ listeners: { http: { bind: '0' } } });
  });

  it('takes names from certificates, and refuses what no rule allows', () => {
    expect(config.mqtt).toMatchObject({ peer_cert_as_username: 'cn', peer_cert_as_clientid: 'disabled' });
    expect(config.authorization).toMatchObject({
      no_match: 'deny',
      sources: [{ type: 'file', enable: 'true', path: '/etc/sightline/emqx/acl.conf' }],
    });
  });

  it('takes packets as large as Mosquitto does', () => {
    const { max_packet_size: size } = config.mqtt as Record<string, string>;
    const mosquitto = readFileSync(new URL('../../deploy/broker/cloud.conf', import.meta.url), 'utf8');
    expect(mosquitto).toContain(`max_packet_size ${Number(size?.replace('MB', '')) * 2 ** 20}\n`);
  });

  it('keeps no images that a device wants retained, and no number of them that would fill its memory', () => {
    expect(config.retainer).toEqual({ max_payload_size: '4KB', backend: { max_retained_messages: '100000' } });
  });

  it('has these keys, each in its place', () => {
    expect(Object.keys(config).sort()).toEqual([
      'authorization',
      'dashboard',
      'force_shutdown',
      'listeners',
      'log',
      'mqtt',
      'node',
      'retainer',
    ]);
  });
});

describe('the reader of HOCON', () => {
  it('reads objects, lists, paths and strings, and adds to objects', () => {
    expect(parseHocon('a.b = 1 # one\na { c = ["x", y], d { e = "# {" } }\n')).toEqual({
      a: { b: '1', c: ['x', 'y'], d: { e: '# {' } },
    });
  });

  it.each(['a {\n b = 1\n', 'a = 1 }\n', 'a = [1\n', 'a = \n', 'a = 1\na = 2\n', 'a.b = 1\na { b = 2 }\n', '= 1'])(
    'refuses %j',
    (text) => {
      expect(() => parseHocon(text)).toThrow(/^Expected /);
    },
  );
});
