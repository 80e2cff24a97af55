// What the stand-ins for AWS's JSON services share: operations and their errors.

export type Input = Record<string, unknown>;

/** Each operation states the shape of its input: the server has checked it against the service's own model. */
type Operation = (input: never) => object | Promise<object>;

/** Operations by the name in the header X-Amz-Target. */
export type Operations = Readonly<Record<string, Operation>>;

/** An error that the service returns to its client. */
export class ServiceError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** Returns the error for a request that the resource's state does not allow. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
