// Waits in the cell until an endpoint has been created or updated, showing the time it takes, and explains a failure.
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { whileInterruptible } from '../../../display/interruptible';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { explainFailure } from '../account/knownProblems';
import { followLogs } from '../account/logs';
import { poll } from '../account/stop';
import { findEndpoint } from './parts';

/** The fields of DescribeEndpoint's response that callers read. */
export type EndpointState = Pick<DescribeEndpointCommandOutput, 'EndpointConfigName' | 'FailureReason'> & {
  EndpointStatus: string;
};

/**
 * Resolves to the endpoint's state when SageMaker has finished changing it; its status is `gone` if it no longer exists.
 * If the user interrupts the kernel, throws a {@link UserError} with the next steps.
 */
export async function watchEndpoint(context: AwsContext, name: string): Promise<EndpointState> {
  const leaving = new AbortController();
  const interrupt = () =>
    leaving.abort(
      new UserError(
        `Interrupted: this cell stopped waiting. SageMaker continues with the endpoint ${name} and bills it until you ` +
          `delete it. To use it: await session.attachEndpoint('${name}'). To delete it: await session.cleanUp().`,
      ),
    );
  const show = context.live();
  const start = Date.now();
  const look = async () => {
    const state = { EndpointStatus: 'gone', ...(await findEndpoint(context, name)) } as EndpointState;
    show(`Endpoint ${name}: ${state.EndpointStatus}, ${Math.round((Date.now() - start) / 1000)} s`);
    return /ing$/.test(state.EndpointStatus) ? undefined : state;
  };
  return await whileInterruptible(interrupt, () => poll(context, look, leaving.signal));
}

/** Returns SageMaker's reason, the remedy and the end of the container's log. */
export async function describeFailure(
  context: AwsContext,
  name: string,
  { FailureReason, EndpointStatus }: EndpointState,
): Promise<string> {
  const lines = await followLogs(context, `/aws/sagemaker/Endpoints/${name}`).next();
  return explainFailure(FailureReason ?? EndpointStatus, lines);
}
