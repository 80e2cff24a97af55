// The largest size of a request.

/** In bytes: the largest request body that SageMaker's API model allows. */
export const defaultMaxPayloadBytes = 6_291_456;

/** In MiB: the size of a batch transform's requests, as in /execution-parameters. */
export const payloadMegabytes = 1;
