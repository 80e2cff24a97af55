// Shared by jobs and endpoints: folders, archives, and moto's S3 and CloudWatch Logs.
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
import type { Program } from '../../session/local/record';
import { connection } from './connection';

const run = promisify(execFile);

export interface Stage {
  /** Parent of the folders of jobs and endpoints. */
  readonly folder: string;
  /** Returns the program that runs as the container. */
  program(command: 'train' | 'serve'): Program;
  /** Downloads every object below s3://… into a folder. */
  download(uri: string, target: string): Promise<void>;
  /** Lists the objects below s3://… by their addresses. */
  list(uri: string): Promise<string[]>;
  /** Reads one object. */
  read(uri: string): Promise<string>;
  write(uri: string, text: string): Promise<void>;
  /** Packs the files of a folder as SageMaker packs model.tar.gz, and uploads the archive to s3://… */
  uploadArchive(source: string, uri: string): Promise<void>;
  /** Unpacks an archive at s3://… into a folder. Rejects if it is not an archive. */
  unpack(uri: string, target: string): Promise<void>;
  openLog(group: string, stream: string): Promise<LogWriter>;
}

export interface LogWriter {
  write(line: string): void;
  /** Resolves when all lines have arrived. */
  flush(): Promise<void>;
}

/** @param url of moto's server */
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

/** Writes a log as SageMaker's agent does: drops empty lines, and sends lines that come together in one batch. */
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
