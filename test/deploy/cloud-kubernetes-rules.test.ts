import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emqxRules, emqxTable, mosquittoTable, type Right } from './cloud-kubernetes/access-table.ts';

const read = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
const rules = emqxRules(read('cloud/kubernetes/components/emqx/acl.conf'));
const emqx = emqxTable(rules, ['@image-processor', '@operator']);
const mosquitto = mosquittoTable(read('broker/cloud.acl'));
/** A topic that Mosquitto alone has. */
const OF_MOSQUITTO: Right = '@image-processor may subscribe $SYS/broker/publish/messages/dropped';

describe("EMQX' access rules", () => {
  it("are Mosquitto's", () => {
    const expected = new Set(mosquitto.rights);
    expect(expected.delete(OF_MOSQUITTO)).toBe(true);
    expect([...emqx.rights].sort()).toEqual([...expected].sort());
    expect(emqx.notDevices).toEqual(mosquitto.notDevices);
  });

  it('shut out every name that could be more than a name, before any other rule', () => {
    const [{ permission, who, action, topics } = { who: undefined, topics: [] }] = rules;
    expect([permission, action, topics]).toEqual(['deny', 'all', ['#', '$SYS/#']]);
    const isShutOut = (name: string) => (who as RegExp).test(name);
    for (const name of [
      '+',
      '#',
      'a/b',
      '+/receipts',
      'Gate',
      '@admin',
      '@operator/x',
      '',
      '-a',
      'a'.repeat(49),
      '$SYS',
    ])
      expect(isShutOut(name), name).toBe(true);
    for (const name of ['gate-3', 'a', '0', 'a'.repeat(48), '@operator', '@image-processor'])
      expect(isShutOut(name), name).toBe(false);
  });

  it('end with a refusal', () => {
    expect(rules.at(-1)).toEqual({ permission: 'deny', who: undefined, action: 'all', topics: ['#'] });
  });

  it('are compared by a table that notices a right more, a right less and another name', () => {
    const text = read('cloud/kubernetes/components/emqx/acl.conf');
    const tableOf = (changed: string) => emqxTable(emqxRules(changed), ['@image-processor', '@operator']);
    const planted = [
      text.replace(`"face_detection/\${username}/status", `, ''),
      text.replace(`"face_detection/\${username}/stats"`, '"face_detection/+/stats"'),
      text.replace('{username, "@image-processor"}, publish', '{username, "@operator"}, publish'),
    ];
    for (const changed of planted) {
      expect(changed).not.toBe(text);
      expect([...tableOf(changed).rights].sort()).not.toEqual([...emqx.rights].sort());
    }
    expect(tableOf(text.replace('{deny, {username, {re, "^@"}}, all, ["#", "$SYS/#"]}.\n', '')).notDevices.size).toBe(
      0,
    );
    expect(() => emqxRules('{allow, {ipaddr, "10.0.0.1"}, all, ["#"]}.\n')).toThrow(/a rule that this test knows/);
  });
});
