// Step 8: what /invocations cannot answer, with the HTTP status that says so.

/** A request that gets an error instead of predictions; its message says what to send instead. */
export class RequestError extends Error {
  /**
   * @param retryAfter in seconds: when the same request may be sent again
   */
  constructor(
    readonly statusCode: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
