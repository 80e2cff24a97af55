// What the services' errors mean where the code goes on: gone, or there already.

/** Whether what was asked for does not exist: SageMaker says so in a message only. */
export function isGone(error: unknown): boolean {
  const { name, message } = error as Error;
  if (
    [
      'ResourceNotFound',
      'ResourceNotFoundException',
      'ObjectNotFoundException',
      'NotFound',
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

/** Whether the name is taken. */
export function isTaken(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'ResourceInUse' || /already exist/i.test(message);
}

/** Whether SageMaker still works on what was to be changed. */
export function isBusy(error: unknown): boolean {
  return /in-progress/i.test((error as Error).message);
}

/** What is answered; undefined where what was asked for does not exist. */
export async function unlessGone<Answer>(asking: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
