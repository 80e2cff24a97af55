// Waits in the cell until an endpoint has been created or updated, says how long that has taken so far, and why it failed.
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { whileInterruptible } from '../../../display/interruptible';
import { UserError } from '../../../platform/errors';
import type { AwsContext } from '../account/context';
import { findRemedy } from '../account/knownProblems';
import { followLogs } from '../account/logs';
import { pause } from '../account/stop';
import { findEndpoint } from './parts';

const shownLines = 20;

/** As much of DescribeEndpoint's answer as is looked at here. */
export type EndpointState = Pick<DescribeEndpointCommandOutput, 'EndpointConfigName' | 'FailureReason'> & {
  EndpointStatus: string;
};

/**
 * Resolves to its state when SageMaker works on it no more; the status is `gone` where it has vanished. Interrupting the
 * kernel ends the waiting with a {@link UserError} that says how to go on.
 */
export async function watchEndpoint(context: AwsContext, name: string): Promise<EndpointState> {
  const leaving = new AbortController();
  const interrupt = () =>
    leaving.abort(
      new UserError(
        `Interrupted: the cell waits no more. SageMaker goes on with the endpoint ${name}, which is billed until it is ` +
          `deleted. Ask it later: await session.attachEndpoint('${name}'). End it: await session.cleanUp().`,
      ),
    );
  return await whileInterruptible(interrupt, () => untilSettled(context, name, leaving.signal));
}

async function untilSettled(context: AwsContext, name: string, signal: AbortSignal): Promise<EndpointState> {
  const show = context.live();
  const start = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const state = { EndpointStatus: 'gone', ...(await findEndpoint(context, name)) } as EndpointState;
    show(`Endpoint ${name}: ${state.EndpointStatus}, ${Math.round((Date.now() - start) / 1000)} s`);
    if (!/ing$/.test(state.EndpointStatus)) return state;
    await pause(context.pollSeconds, signal);
  }
}

/** SageMaker's reason, what to do, and the last lines that the container has logged. */
export async function describeFailure(
  { clients }: AwsContext,
  name: string,
  { FailureReason, EndpointStatus }: EndpointState,
): Promise<string> {
  const lines = await followLogs(clients, `/aws/sagemaker/Endpoints/${name}`).next();
  const end = lines.slice(-shownLines).join('\n');
  // What the container says is nearer to the cause than what SageMaker does.
  const remedy = findRemedy(end) ?? findRemedy(FailureReason ?? '');
  return `${FailureReason ?? EndpointStatus}\n${remedy ? `${remedy}\n` : ''}Its log ends:\n${end}`;
}
