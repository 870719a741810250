/** Time as the delivery needs it: a simulation brings its own. */
export interface Clock {
  /** Milliseconds; never goes back. */
  readonly nowMs: () => number;
  /** Calls once after so many milliseconds; the result takes it back. */
  readonly after: (ms: number, call: () => void) => () => void;
}

export const processClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
