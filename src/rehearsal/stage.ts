// What the rehearsal's jobs and endpoints share: moto's S3 and CloudWatch Logs, folders, and archives.
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Program } from '../session/local/record';
import { connection } from './connection';

const run = promisify(execFile);

export interface Stage {
  /** Jobs and endpoints have theirs below it. */
  readonly folder: string;
  /** What runs as the container. */
  program(command: 'train' | 'serve'): Program;
  /** Every object below s3://… into a folder. */
  download(uri: string, target: string): Promise<void>;
  /** The keys below s3://…, as addresses. */
  list(uri: string): Promise<string[]>;
  /** One object, whole. */
  read(uri: string): Promise<string>;
  write(uri: string, text: string): Promise<void>;
  /** The files of a folder, as model.tar.gz is packed, to s3://… */
  uploadArchive(source: string, uri: string): Promise<void>;
  /** An archive at s3://… into a folder. Rejects where it is none. */
  unpack(uri: string, target: string): Promise<void>;
  openLog(group: string, stream: string): Promise<LogWriter>;
}

export interface LogWriter {
  write(line: string): void;
  /** Resolves when all lines have arrived. */
  flush(): Promise<void>;
}

/** @param url moto's */
export function openStage(url: string, folder: string, program: Stage['program']): Stage {
  const s3 = new S3Client(connection(url));
  const logs = new CloudWatchLogsClient(connection(url));

  async function fetchObject(uri: string, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const { Body } = await s3.send(new GetObjectCommand(parseUri(uri)));
    await pipeline(Body as Readable, createWriteStream(path));
  }

  return {
    folder,
    program,
    async download(uri, target) {
      const { Bucket, Key } = parseUri(uri);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
      for (const object of Contents) {
        await fetchObject(`s3://${Bucket}/${object.Key}`, join(target, `${object.Key}`.slice(Key.length)));
      }
    },
    async list(uri) {
      const { Bucket, Key } = parseUri(uri);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
      return Contents.map((object) => `s3://${Bucket}/${object.Key}`);
    },
    async read(uri) {
      const { Body } = await s3.send(new GetObjectCommand(parseUri(uri)));
      return (await Body?.transformToString()) ?? '';
    },
    async write(uri, text) {
      await s3.send(new PutObjectCommand({ ...parseUri(uri), Body: text }));
    },
    async uploadArchive(source, uri) {
      const archive = `${source}.tar.gz`;
      await run('tar', ['-czf', archive, '-C', source, ...(await readdir(source))]);
      await s3.send(new PutObjectCommand({ ...parseUri(uri), Body: createReadStream(archive) }));
    },
    async unpack(uri, target) {
      const archive = `${target}.tar.gz`;
      await fetchObject(uri, archive);
      await mkdir(target, { recursive: true });
      await run('tar', ['-xzf', archive, '-C', target]);
    },
    async openLog(logGroupName, logStreamName) {
      await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      return openLogWriter(async (messages) => {
        const logEvents = messages.map((message) => ({ message, timestamp: Date.now() }));
        await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
      });
    },
  };
}

/** As SageMaker's agent does: empty lines are none, and what comes at once is sent at once. */
function openLogWriter(send: (messages: string[]) => Promise<void>): LogWriter {
  let waiting: string[] = [];
  let sending = Promise.resolve();
  const sendWaiting = async () => {
    const batch = waiting.splice(0, 1000);
    if (batch.length > 0) await send(batch);
  };
  return {
    write(line) {
      if (line === '') return;
      waiting.push(line);
      sending = sending.then(sendWaiting);
    },
    async flush() {
      await sending;
      waiting = [];
    },
  };
}

function parseUri(uri: string): { Bucket: string; Key: string } {
  const { host: Bucket, pathname } = new URL(uri);
  return { Bucket, Key: decodeURIComponent(pathname.slice(1)) };
}
