// An error with its HTTP status.

/** An error to respond with. The message tells the client what to send instead. */
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
