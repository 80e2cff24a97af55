// Waits in the cell until an endpoint has been created or updated, showing the time it takes and what a new container says, and
// explains a failure.
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { startClock } from '../../../display/clock';
import { whileInterruptible } from '../../../display/interruptible';
import { UserError } from '../../../platform/errors';
import { purposeOf } from '../account/budget';
import type { AwsContext } from '../account/context';
import { explainFailure } from '../account/knownProblems';
import { followLogs } from '../account/logs';
import { poll } from '../account/poll';
import { logGroupOf } from './logRetention';
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
  const price = context.budget.hourly(purposeOf('endpoint', name));
  const next =
    `SageMaker continues with the endpoint ${name} and bills it${price && ` (${price})`} until it is deleted. To use it: ` +
    `await session.attachEndpoint('${name}'). To delete it: await session.cleanUp().`;
  const interrupt = () => leaving.abort(new UserError(`Interrupted: this cell stopped waiting. ${next}`));
  const clock = startClock(context.live());
  // Only of interest: without permission to read it, the wait shows only the time.
  const log = followLogs({ clients: context.clients, tell: () => undefined }, logGroupOf(name));
  let said = '';
  const look = async () => {
    const state = { EndpointStatus: 'gone', ...(await findEndpoint(context, name)) } as EndpointState;
    if (state.EndpointStatus === 'Creating') said = messageOf((await log.next()).at(-1)) || said;
    clock.show(`Endpoint ${name}: ${state.EndpointStatus}${said && `, its container says: ${said}`}`);
    return /(ing|RollingBack)$/.test(state.EndpointStatus) ? undefined : state;
  };
  try {
    return await whileInterruptible(interrupt, () => poll(context, look, { signal: leaving.signal }));
  } catch (error) {
    if (!(error instanceof UserError) || error === leaving.signal.reason) throw error;
    throw new UserError(`${error.message} ${next}`, { cause: error });
  } finally {
    clock.stop();
  }
}

const longestMessage = 120;

/** Returns the message of a line of a container's log, which may be JSON; empty for no line. */
function messageOf(line = ''): string {
  const [, message = ''] = /"msg":"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  return (message || line).slice(0, longestMessage);
}

/** Returns SageMaker's reason, the remedy and the end of the container's log. */
export async function describeFailure(
  context: AwsContext,
  name: string,
  { FailureReason, EndpointStatus }: EndpointState,
): Promise<string> {
  const lines = await followLogs(context, logGroupOf(name)).next();
  return explainFailure(FailureReason ?? EndpointStatus, lines);
}
