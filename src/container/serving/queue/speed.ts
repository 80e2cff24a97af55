// Measures the recent speed of answering requests.

/** The least work in one measurement, and the number of measurements that count. */
const measuredMilliseconds = 50;
const measurementsKept = 5;

export interface Speed {
  /** Returns seconds for each byte of a request's body. */
  secondsPerByte(): number;
  worked(milliseconds: number): void;
  finished(bytes: number): void;
}

/** Takes the fastest of the last measurements: one in which the machine was suspended does not predict the next. */
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
