// Step 8: how fast requests have been answered lately.

/** The least work in one measurement, and how many measurements count. */
const measuredMilliseconds = 50;
const measurementsKept = 5;

export interface Speed {
  /** Returns seconds for each byte of a request's body. */
  secondsPerByte(): number;
  worked(milliseconds: number): void;
  finished(bytes: number): void;
}

/** Takes the fastest of the last measurements: one in which the machine stood still says nothing about the next. */
export function createSpeed(): Speed {
  let milliseconds = 0;
  let bytes = 0;
  let measurements: number[] = [];
  // A first guess: slower than any model that answers without TensorFlow.
  let perByte = 1e-6;
  return {
    secondsPerByte: () => perByte,
    worked(more) {
      milliseconds += more;
      if (milliseconds < measuredMilliseconds || bytes === 0) return;
      measurements = [...measurements.slice(1 - measurementsKept), milliseconds / 1000 / bytes];
      perByte = Math.min(...measurements);
      [milliseconds, bytes] = [0, 0];
    },
    finished(more) {
      bytes += more;
    },
  };
}
