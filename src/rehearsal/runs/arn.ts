// Names of SageMaker resources in the rehearsal's account.

export const accountId = '123456789012';

/** Returns the ARN of a SageMaker resource, in lower case as SageMaker writes it. */
export function arnOf(kind: string, name: string): string {
  return `arn:aws:sagemaker:us-east-1:${accountId}:${kind}/${name.toLowerCase()}`;
}
