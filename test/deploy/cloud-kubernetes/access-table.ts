/** One right: who may do what where, `device` being whoever is named in `{name}`. */
export type Right = `${string} may ${'publish' | 'subscribe'} ${string}`;

export interface AccessTable {
  readonly rights: ReadonlySet<Right>;
  /** Roles that have no rights as a device of their own name. */
  readonly notDevices: ReadonlySet<string>;
}

const ACTIONS = {
  read: ['subscribe'],
  write: ['publish'],
  readwrite: ['publish', 'subscribe'],
  publish: ['publish'],
  subscribe: ['subscribe'],
} as const;

/** Reads an access control list of Mosquitto (mosquitto.conf(5), acl_file). @throws Error at a line that it does not know. */
export function mosquittoTable(text: string): AccessTable {
  const rights = new Set<Right>();
  const notDevices = new Set<string>();
  let who = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, word, action = '', topic = ''] = /^(topic|pattern) (read|write|readwrite|deny) (\S+)$/.exec(line) ?? [];
    const [, user] = /^user (\S+)$/.exec(line) ?? [];
    if (user) who = user;
    else if (word === 'topic' && action === 'deny' && topic === `face_detection/${who}/#`) notDevices.add(who);
    else if (word && action !== 'deny')
      for (const right of ACTIONS[action as keyof typeof ACTIONS])
        rights.add(`${word === 'pattern' ? 'device' : who} may ${right} ${topic.replaceAll('%u', '{name}')}`);
    else throw new Error(`Expected a rule that this test knows, got ${line}`);
  }
  return { rights, notDevices };
}

/** One rule of EMQX, an Erlang tuple. */
interface Rule {
  readonly permission: 'allow' | 'deny';
  /** A name, a regular expression, or undefined: everybody. */
  readonly who: string | RegExp | undefined;
  readonly action: 'publish' | 'subscribe' | 'all';
  readonly topics: readonly string[];
}

/** Reads a list of rules of EMQX (docs.emqx.com, «Use ACL file»). @throws Error at a rule that it does not know. */
export function emqxRules(text: string): Rule[] {
  const code = text.replaceAll(/^%%.*$/gm, '');
  const parts = code.split(/\}\.\s*(?:\n|$)/).map((part) => part.trim());
  return parts.filter((part) => part !== '').map(readRule);
}

function readRule(text: string): Rule {
  if (text === '{deny, all') return { permission: 'deny', who: undefined, action: 'all', topics: ['#'] };
  const form =
    /^\{(allow|deny), (all|\{username, (?:"([^"]*)"|\{re, "([^"]*)"\})\}), (publish|subscribe|all), \[([^\]]*)\]$/;
  const [, permission, , name, pattern, action, topics] = form.exec(text) ?? [];
  if (!permission || topics === undefined) throw new Error(`Expected a rule that this test knows, got ${text}`);
  return {
    permission: permission as Rule['permission'],
    // PCRE's \z is the end of everything, as $ is in JavaScript.
    who: pattern === undefined ? name : new RegExp(pattern.replaceAll('\\\\z', '$')),
    action: action as Rule['action'],
    topics: [...topics.matchAll(/"([^"]*)"/g)].map(([, topic]) => topic ?? ''),
  };
}

/** The same table from EMQX' rules: the first one that fits counts. */
export function emqxTable(rules: readonly Rule[], roles: readonly string[]): AccessTable {
  const rights = new Set<Right>();
  for (const { permission, who, action, topics } of rules) {
    if (permission !== 'allow') continue;
    if (who instanceof RegExp || action === 'all') throw new Error('Expected rights for names, one by one');
    for (const topic of topics)
      rights.add(`${who ?? 'device'} may ${action} ${topic.replaceAll(`\${username}`, '{name}')}`);
  }
  const firstForDevices = rules.findIndex(({ permission, who }) => permission === 'allow' && who === undefined);
  const shutOut = rules
    .slice(0, firstForDevices)
    .filter(({ permission, action }) => permission === 'deny' && action === 'all');
  const notDevices = roles.filter((role) => shutOut.some(({ who }) => who instanceof RegExp && who.test(role)));
  return { rights, notDevices: new Set(notDevices) };
}
