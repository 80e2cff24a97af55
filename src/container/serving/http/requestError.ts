// Step 8: an error with the HTTP status that tells the client about it.

/** Answers a request with an error instead of predictions; the message says what to send instead. */
export class RequestError extends Error {
  /**
   * @param retryAfter seconds until the same request may be sent again
   */
  constructor(
    readonly statusCode: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
