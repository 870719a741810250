import { readFileSync } from 'node:fs';

/** Linux' USER_HZ, the unit of /proc's processor times (proc(5)), is 100 on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

export interface ProcessTimes {
  /** User and system time of the process itself, all threads. */
  readonly ownSeconds: number;
  /** The same of its children that have ended and were waited for, and of theirs. */
  readonly endedChildrenSeconds: number;
}

/** @param text of /proc/PID/stat. The name stands in brackets and may hold anything. */
export function parseStat(text: string): ProcessTimes {
  // The first field after the name is the third of proc(5): utime, stime, cutime and cstime are 14 to 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return {
    ownSeconds: (user + system) / TICKS_PER_SECOND,
    endedChildrenSeconds: (childrenUser + childrenSystem) / TICKS_PER_SECOND,
  };
}

/**
 * Seconds that all processors together have worked since the machine started.
 *
 * @param text of /proc/stat.
 */
export function parseCpuLine(text: string): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = text
    .slice('cpu '.length, text.indexOf('\n'))
    .trim()
    .split(' ')
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts) / TICKS_PER_SECOND;
}

export interface ProcessMemory {
  readonly residentBytes: number;
  /** The most that were ever resident. */
  readonly peakBytes: number;
  /** The part of what is resident that are files, such as programs and libraries: shared with others, and given up when memory is short. */
  readonly fileBytes: number;
}

/** @param text of /proc/PID/status. */
export function parseStatus(text: string): ProcessMemory {
  const bytes = (name: string): number => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    if (!match) throw new Error(`Expected ${name} in a process's status, got none: it has ended.`);
    return Number(match[1]) * KIB;
  };
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM'), fileBytes: bytes('RssFile') };
}

export function timesOf(pid: number | 'self'): ProcessTimes {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

export function memoryOf(pid: number): ProcessMemory {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** The arguments of a process, its own name left out; none of one that has ended. */
export function argumentsOf(pid: number): readonly string[] {
  return readIfThere(`/proc/${pid}/cmdline`).split('\0').slice(1, -1);
}

/** Processes that the main thread of a process has started and that still run, with their names. Cheap enough to be asked all the time. */
export function childrenNamed(pid: number): { readonly pid: number; readonly name: string }[] {
  const pids = readIfThere(`/proc/${pid}/task/${pid}/children`).split(' ').map(Number).filter(Boolean);
  return pids.map((child) => ({ pid: child, name: readIfThere(`/proc/${child}/comm`).trim() }));
}

/** '' for a process that has ended. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
