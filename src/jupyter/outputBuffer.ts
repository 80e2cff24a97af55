// Collects a cell's writes to stdout and stderr, so that thousands of short writes are sent as a few messages.

/** Sends a piece of one stream to the notebook. */
type StreamSink = (text: string) => void;

interface OutputBuffer {
  /** Adds text. Sends the first {@link burst} writes at once, later ones together: see {@link patience}. */
  write(sink: StreamSink, text: string): void;
  /** Sends the collected text, so that the next message of another kind follows it. */
  flush(): void;
}

/** The longest time in milliseconds before text is sent, unless the cell computes without a pause. */
const patience = 100;
/**
 * The number of writes in {@link patience} that are sent at once, so that a cell shows its first lines before it
 * computes.
 */
const burst = 10;
/** The number of characters at which text is sent at once. */
const longest = 64 * 1024;

export function createOutputBuffer(): OutputBuffer {
  let held = '';
  let holder: StreamSink | undefined;
  let since = Number.NEGATIVE_INFINITY;
  let writes = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (held === '') return;
    const text = held;
    held = '';
    holder?.(text);
  }

  return {
    flush,
    write(sink, text) {
      if (sink !== holder) flush();
      holder = sink;
      held += text;
      // In a loop that never awaits no timer fires, so the clock is read here, too.
      if (performance.now() - since >= patience) [since, writes] = [performance.now(), 0];
      writes += 1;
      if (held.length >= longest || writes <= burst) flush();
      else timer ??= setTimeout(flush, patience).unref();
    },
  };
}
