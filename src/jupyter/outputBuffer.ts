// Collects a cell's writes to stdout and stderr, so that thousands of short writes are sent as a few messages.

/** Sends a piece of one stream to the notebook. */
export type StreamSink = (text: string) => void;

export interface OutputBuffer {
  /** Adds text. Sends it at once after a pause, otherwise within {@link patience} or as soon as there is much of it. */
  write(sink: StreamSink, text: string): void;
  /** Sends the collected text, so that the next message of another kind follows it. */
  flush(): void;
}

/** The longest time in milliseconds before text is sent. */
const patience = 100;
/** The number of characters at which text is sent at once. */
const longest = 64 * 1024;

export function createOutputBuffer(): OutputBuffer {
  let held = '';
  let holder: StreamSink | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (held === '') return;
    const text = held;
    held = '';
    sentAt = performance.now();
    holder?.(text);
  }

  return {
    flush,
    write(sink, text) {
      if (sink !== holder) flush();
      holder = sink;
      held += text;
      // In a loop that never awaits no timer fires, so the clock is read here, too.
      if (held.length >= longest || performance.now() - sentAt >= patience) flush();
      else timer ??= setTimeout(flush, patience).unref();
    },
  };
}
