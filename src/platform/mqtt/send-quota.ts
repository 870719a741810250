/** What the broker lets be under way to it: Receive Maximum (MQTT 5 §3.2.2.3.3). mqtt.js passes over it, and the broker hangs up. */
export class SendQuota {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Undefined: go ahead. Else it resolves when it is one's turn. Give back with leave(). */
  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
