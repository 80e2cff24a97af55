// GET /execution-parameters: tells batch transform the number and size of requests to send.

/** Batch transform's bound on the megabytes of all concurrent requests together. */
const megabytesAtOnce = 100;

interface TransformLimits {
  concurrency: number;
  batchMegabytes: number;
  maxPayloadBytes: number;
}

/** Returns the answer's body. */
export function executionParameters({
  concurrency,
  batchMegabytes,
  maxPayloadBytes,
}: TransformLimits): string {
  const payload = Math.floor(maxPayloadBytes / 1_048_576);
  return JSON.stringify({
    MaxConcurrentTransforms: concurrency,
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: Math.min(batchMegabytes, payload, Math.floor(megabytesAtOnce / concurrency)),
  });
}
