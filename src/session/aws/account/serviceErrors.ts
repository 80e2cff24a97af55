// The error responses that the code handles: not found, name taken, busy, denied.

/** Returns whether an error means that a resource does not exist. SageMaker reports it only in the message. */
export function isGone(error: unknown): boolean {
  const { name, message } = error as Error;
  if (
    [
      'ResourceNotFound',
      'ResourceNotFoundException',
      'ObjectNotFoundException',
      'NotFound',
      'NoSuchBucket',
      'NoSuchKey',
      'NoSuchUpload',
    ].includes(name)
  )
    return true;
  return (
    /^Validation(Error|Exception)$/.test(name) &&
    /not found|could not find|does not exist|^no scalable target found/i.test(message)
  );
}

/** Returns whether an error means that a name is taken. */
export function isTaken(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'ResourceInUse' || /already exist/i.test(message);
}

/** Returns whether an error means that SageMaker is still changing the resource. */
export function isBusy(error: unknown): boolean {
  return /in-progress/i.test((error as Error).message);
}

/** Returns whether a service refused a request for want of a permission. */
export function isDenied(error: unknown): boolean {
  const { name, cause } = error as Error;
  return name.startsWith('AccessDenied') || statusCodeOf(error) === 403 || (!!cause && isDenied(cause));
}

/** Resolves to the response, or to undefined if the resource does not exist. */
export async function unlessGone<Response>(request: Promise<Response>): Promise<Response | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Ignores a taken name: what is to be created exists, often by an earlier request whose response was lost. */
export function unlessTaken(error: unknown): void {
  if (!isTaken(error)) throw error;
}

/** Returns the HTTP status with which a service rejected a request. */
export function statusCodeOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
