import { ChildCalls } from './child-calls.ts';
import type { GeneratorStart } from './generator-program.ts';
import type { ReceiptWatchOptions } from './receipt-watch.ts';
import type { SinkOptions } from './sink.ts';

/** A program of the bench that counts what arrives, and where a generator hears of it. */
export interface End {
  readonly program: ChildCalls;
  readonly creditPort: number;
}

export async function startGenerator(start: GeneratorStart): Promise<ChildCalls> {
  const program = new ChildCalls(new URL('generator-program.ts', import.meta.url));
  await program.ask('start', start);
  return program;
}

export async function startSink(options: SinkOptions): Promise<End> {
  const program = new ChildCalls(new URL('sink-program.ts', import.meta.url));
  return { program, creditPort: await program.ask<number>('takeCaptures', options) };
}

/** Instead of a sink, where a real store sends the receipts. */
export async function watchReceipts(options: ReceiptWatchOptions): Promise<End> {
  const program = new ChildCalls(new URL('sink-program.ts', import.meta.url));
  return { program, creditPort: await program.ask<number>('watchReceipts', options) };
}
