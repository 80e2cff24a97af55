// CloudWatch Logs → lines, each once and in order, while they are written: of one host as they are, of several with the
// host's name in a colour of its own.
import {
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AwsClients } from './clients';

export interface LogFollower {
  /** The lines since the last call; empty where the log does not exist yet. */
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
  { logs }: AwsClients,
  logGroupName: string,
  logStreamNamePrefix?: string,
): LogFollower {
  /** For each stream, where to go on. */
  const tokens = new Map<string, string | undefined>();
  /** Read and not yet given: a request that fails does not lose what those before it have brought. */
  let pending: Event[] = [];

  async function findStreams(): Promise<void> {
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix, nextToken }),
      );
      for (const { logStreamName = '' } of page.logStreams ?? []) {
        if (!tokens.has(logStreamName)) tokens.set(logStreamName, undefined);
      }
      nextToken = page.nextToken;
    } while (nextToken);
  }

  async function readStream(stream: string): Promise<void> {
    for (;;) {
      const nextToken = tokens.get(stream);
      const { events = [], nextForwardToken } = await logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName: stream, startFromHead: true, nextToken }),
      );
      pending.push(...events.map((event) => toEvent(stream, event)));
      tokens.set(stream, nextForwardToken);
      // The same token again says that this is the end, for now.
      if (nextForwardToken === nextToken) return;
    }
  }

  return {
    async next() {
      try {
        await findStreams();
        for (const stream of tokens.keys()) await readStream(stream);
      } catch (error) {
        if ((error as Error).name !== 'ResourceNotFoundException') throw error;
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
