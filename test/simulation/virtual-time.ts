import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/platform/delivery/clock.ts';

interface Event {
  readonly atMs: number;
  /** Of events at the same time, the one that was asked for first goes first. */
  readonly order: number;
  readonly call: () => void;
}

/** A clock that stands still while something is done, and then jumps to what comes next. */
export class VirtualTime implements Clock {
  readonly #events: Event[] = [];
  #nowMs = 0;
  #order = 0;
  readonly nowMs = (): number => this.#nowMs;

  readonly after = (ms: number, call: () => void): (() => void) => {
    let isWanted = true;
    this.#order += 1;
    this.#push({ atMs: this.#nowMs + Math.max(0, ms), order: this.#order, call: () => isWanted && call() });
    return () => {
      isWanted = false;
    };
  };

  /** Lets time pass; what is plain code alone. Stops early once `isOver` says so. */
  runPlain(ms: number, isOver: () => boolean = () => false): void {
    const untilMs = this.#nowMs + ms;
    while (!isOver() && this.#step(untilMs));
    this.#nowMs = isOver() ? this.#nowMs : untilMs;
  }

  /** Lets time pass; after each event, all promises that can go on do so before the next. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await turn();
    while (!isOver() && this.#step(untilMs)) await turn();
    this.#nowMs = isOver() ? this.#nowMs : untilMs;
  }

  #step(untilMs: number): boolean {
    const first = this.#events[0];
    if (!first || first.atMs > untilMs) return false;
    const last = this.#events.pop() as Event;
    if (this.#events.length > 0) this.#sink(last);
    this.#nowMs = first.atMs;
    first.call();
    return true;
  }

  /** A binary heap: no event is before the one above it. */
  #push(event: Event): void {
    let at = this.#events.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.#events[above] as Event;
      if (isBefore(other, event)) break;
      this.#events[at] = other;
      at = above;
    }
    this.#events[at] = event;
  }

  #sink(event: Event): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [this.#events[below], this.#events[below + 1]];
      if (!left) break;
      if (right && isBefore(right, left)) below += 1;
      const sooner = this.#events[below] as Event;
      if (isBefore(event, sooner)) break;
      this.#events[at] = sooner;
      at = below;
    }
    this.#events[at] = event;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
