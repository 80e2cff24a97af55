// Follows CloudWatch Logs: each line once and in order. With several hosts, each line starts with its host's name in
// colour. Logs are best effort: where they cannot be read, the session tells you once, and whatever needs them continues.
import {
  GetLogEventsCommand,
  type OutputLogEvent,
  paginateDescribeLogStreams,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AwsContext } from './context';
import { isGone } from './serviceErrors';

export interface LogFollower {
  /** Resolves to the lines since the last call; empty if the log does not exist yet or cannot be read. Never rejects. */
  next(): Promise<string[]>;
}

const colours = [36, 33, 35, 32, 34, 31];

interface Event {
  stream: string;
  timestamp: number;
  message: string;
}

/** @param logStreamNamePrefix such as a training job's name and a slash; default: every stream of the group */
export function followLogs(
  { clients: { logs }, tell }: Pick<AwsContext, 'clients' | 'tell'>,
  logGroupName: string,
  logStreamNamePrefix?: string,
): LogFollower {
  /** The token of each stream's next page. */
  const tokens = new Map<string, string | undefined>();
  /** Events read and not yet returned, including those read before a request failed. */
  let pending: Event[] = [];
  let hasTold = false;

  async function findStreams(): Promise<void> {
    const pages = paginateDescribeLogStreams({ client: logs }, { logGroupName, logStreamNamePrefix });
    for await (const { logStreams = [] } of pages) {
      for (const { logStreamName = '' } of logStreams) {
        if (!tokens.has(logStreamName)) tokens.set(logStreamName, undefined);
      }
    }
  }

  async function readStream(stream: string): Promise<void> {
    for (;;) {
      const nextToken = tokens.get(stream);
      const { events = [], nextForwardToken } = await logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName: stream, startFromHead: true, nextToken }),
      );
      pending.push(...events.map((event) => toEvent(stream, event)));
      tokens.set(stream, nextForwardToken);
      // The same token again means that there is nothing newer yet.
      if (nextForwardToken === nextToken) return;
    }
  }

  return {
    async next() {
      try {
        await findStreams();
        for (const stream of tokens.keys()) await readStream(stream);
      } catch (error) {
        if (!isGone(error) && !hasTold) {
          hasTold = true;
          tell(
            `The log ${logGroupName} cannot be read, so lines may be missing. ${(error as Error).message}`,
          );
        }
      }
      const events = pending.sort((one, other) => one.timestamp - other.timestamp);
      pending = [];
      const streams = [...tokens.keys()];
      return events.map(({ stream, message }) =>
        streams.length === 1 ? message : `${nameHost(stream, streams)} ${message}`,
      );
    },
  };
}

function toEvent(stream: string, { timestamp = 0, message = '' }: OutputLogEvent): Event {
  return { stream, timestamp, message: message.replace(/\r?\n$/, '') };
}

function nameHost(stream: string, streams: readonly string[]): string {
  const host = /\/(algo-\d+|[^/]+)[^/]*$/.exec(stream)?.[1] ?? stream;
  return `\u001b[${colours[streams.indexOf(stream) % colours.length]}m${host}\u001b[0m`;
}
