/** A message on its way to one member of a group. */
export interface SharedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
}

/** What a group must know of a client; the broker's own client object fits. */
export interface ShareClient {
  readonly id: string;
  readonly clean: boolean;
  readonly connected: boolean;
  readonly closed: boolean;
  readonly conn: { readonly writableNeedDrain: boolean };
}

export interface ShareGroupOptions<Client extends ShareClient> {
  /** Hands a message to one client; calls back when it was written. */
  readonly deliver: (client: Client, message: SharedMessage, done: () => void) => void;
  readonly onDrop: (reason: 'no-member' | 'queue-full') => void;
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
}

interface Member<Client> {
  readonly client: Client;
  readonly qos: 0 | 1 | 2;
}

/**
 * Members of one `$share/<group>/<filter>`: each message goes to one of them, in turn. While none is connected, messages of QoS 1
 * and 2 wait for the first who comes back, if any keeps a session; others are dropped, as for any topic without a subscriber.
 */
export class ShareGroup<Client extends ShareClient> {
  readonly #options: ShareGroupOptions<Client>;
  readonly #members = new Map<string, Member<Client>>();
  #waiting: SharedMessage[] = [];
  #waitingBytes = 0;
  #turn = 0;

  constructor(options: ShareGroupOptions<Client>) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  join(client: Client, qos: 0 | 1 | 2): void {
    this.#members.set(client.id, { client, qos });
    this.flush();
  }

  /** A connection that was taken over by another of the same client id must not take that one's membership along. */
  leave(client: Client): void {
    if (this.#members.get(client.id)?.client === client) this.#members.delete(client.id);
  }

  /** A new clean session of this client id ends the membership of its earlier one [MQTT-3.1.2-6]. */
  forgetEarlier(client: Client): void {
    const member = this.#members.get(client.id);
    if (member && member.client !== client) this.#members.delete(client.id);
  }

  give(message: SharedMessage, done: () => void): void {
    const member = this.#next();
    if (member) {
      this.#options.deliver(member.client, { ...message, qos: lower(message.qos, member.qos) }, done);
      return;
    }
    this.#wait(message);
    done();
  }

  /** Gives what waited to members that are connected by now. */
  flush(): void {
    if (this.#waiting.length === 0 || this.#live().length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const message of waiting) this.give(message, () => undefined);
  }

  /** The last member's session has ended: what waited for it has nobody left to go to. */
  close(): void {
    for (const _message of this.#waiting) this.#options.onDrop('no-member');
    this.#waiting = [];
  }

  /** The member whose turn it is; one whose socket is full is passed over while another can take the message. */
  #next(): Member<Client> | undefined {
    const live = this.#live();
    const ready = live.filter(({ client }) => !client.conn.writableNeedDrain);
    const candidates = ready.length > 0 ? ready : live;
    this.#turn += 1;
    return candidates[this.#turn % candidates.length];
  }

  #live(): Member<Client>[] {
    return [...this.#members.values()].filter(({ client }) => client.connected && !client.closed);
  }

  #wait(message: SharedMessage): void {
    const canReturn = [...this.#members.values()].some(({ client, qos }) => !client.clean && qos > 0);
    const { maxWaiting, maxWaitingBytes, onDrop } = this.#options;
    if (message.qos === 0 || !canReturn) {
      onDrop('no-member');
    } else if (this.#waiting.length >= maxWaiting || this.#waitingBytes + message.payload.length > maxWaitingBytes) {
      onDrop('queue-full');
    } else {
      this.#waiting.push(message);
      this.#waitingBytes += message.payload.length;
    }
  }
}

function lower(a: 0 | 1 | 2, b: 0 | 1 | 2): 0 | 1 | 2 {
  return a < b ? a : b;
}
