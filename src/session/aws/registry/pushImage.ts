// Pushes a local image to a registry through the Docker engine, which makes the connection. The password is part of the
// request and never in a file, a log or a message.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { explainEngineText, withEngine } from '../../../image/engine/engine';
import { UserError, withCleanUp } from '../../../platform/errors';
import { followPush, type PushMessage } from './pushProgress';

/** The place to push an image to. */
export interface Destination {
  /** The repository with its registry's host: …amazonaws.com/NAME */
  readonly repository: string;
  readonly tag: string;
}

export interface PushOptions {
  /** Returns the registry's password for the user AWS. Called again if the registry reports that it has expired. */
  getPassword: () => Promise<string>;
  /** Returns the message for an error of the registry, if it is a known one. */
  explain: (error: Error) => UserError | undefined;
  /** Stops the push. */
  signal: AbortSignal;
  /** Receives the progress about once a second. */
  onProgress: (lines: readonly string[]) => void;
}

/**
 * Pushes an image and returns its manifest's digest. Skips layers that the registry has. Leaves the image's names in the
 * engine as they were, except that an image without a name keeps the destination's: removing its last name would delete
 * it. Throws a {@link UserError} if the engine or the registry rejects the push.
 */
export async function pushImage(id: string, to: Destination, options: PushOptions): Promise<string> {
  return await withEngine(async (docker) => {
    const removeName = await addName(docker, id, to);
    return await withCleanUp(() => pushTwice(docker, to, options), removeName);
  });
}

/** Gives the image the destination's name, by which the engine pushes. Returns a function that removes the name. */
async function addName(docker: Docker, id: string, { repository, tag }: Destination) {
  const name = `${repository}:${tag}`;
  const { RepoTags: names } = await docker.getImage(id).inspect();
  const listed = await docker.listImages({ filters: { reference: [name] } });
  const before = listed[0]?.Id;
  await docker.getImage(id).tag({ repo: repository, tag });
  return async () => {
    if (before === id) return;
    // Moving the name to the other image would leave the digest behind; removing it does not.
    if (names.length > 0) await docker.getImage(name).remove();
    if (before) await docker.getImage(before).tag({ repo: repository, tag });
  };
}

const rejectedPassword = /authorization token has expired|no basic auth credentials|unauthorized/i;

/** Pushes, and tries once more with a new password if the registry rejects the first one. */
async function pushTwice(docker: Docker, to: Destination, options: PushOptions): Promise<string> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await pushOnce(docker, to, options);
    } catch (error) {
      if (!isFirst || !rejectedPassword.test((error as Error).message)) throw explainPush(error, to, options);
    }
  }
}

/** Pushes once. Throws the registry's own error. */
async function pushOnce(
  docker: Docker,
  { repository, tag }: Destination,
  { getPassword, signal, onProgress }: PushOptions,
): Promise<string> {
  const base64 = new Secret(encode(repository, await getPassword())) as unknown as string;
  const image = docker.getImage(`${repository}:${tag}`);
  const stream = await image.push({ authconfig: { base64 }, abortSignal: signal });
  const progress = followPush();
  const clock = setInterval(() => onProgress(progress.lines()), 1000);
  try {
    const messages = await readMessages(docker, stream as Readable, progress.read);
    const failure = messages.find(({ error }) => error !== undefined);
    if (failure) throw new Error(failure.error);
    const digest = messages.find(({ aux }) => aux?.Digest)?.aux?.Digest;
    if (!digest) throw new Error('the Docker engine ended before the push did');
    return digest;
  } finally {
    clearInterval(clock);
    onProgress(progress.lines());
  }
}

interface EngineMessage extends PushMessage {
  readonly error?: string;
  /** Result of the push, in the last message. */
  readonly aux?: { readonly Digest?: string };
}

function readMessages(
  docker: Docker,
  stream: Readable,
  onMessage: (message: PushMessage) => void,
): Promise<EngineMessage[]> {
  return new Promise((done, failed) => {
    docker.modem.followProgress(
      stream,
      (error, messages: EngineMessage[]) => (error ? failed(error) : done(messages)),
      onMessage,
    );
  });
}

/** Encodes credentials as the engine expects them: base64 with - and _, padded, unlike Node's base64url. */
function encode(repository: string, password: string): string {
  const serveraddress = repository.split('/')[0];
  const text = JSON.stringify({ username: 'AWS', password, serveraddress });
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** A header's value that Node can send but inspect(), with which docker-modem logs requests, does not show. */
class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const noNetwork =
  /no such host|connection refused|connection reset|broken pipe|timeout|unreachable|EOF|server misbehaving|deadline/i;

function explainPush(error: unknown, { repository, tag }: Destination, { explain }: PushOptions): unknown {
  if (!(error instanceof Error) || error instanceof UserError || 'code' in error) return error;
  const { message } = error;
  const known = explainEngineText(message) ?? explain(error);
  if (known) return known;
  const words = `The registry says: ${message}`;
  const cause = { cause: error };
  if (rejectedPassword.test(message)) {
    return new UserError(`The registry rejects new passwords as well. Run this again later. ${words}`, cause);
  }
  if (/immutable/.test(message)) {
    return new UserError(
      `The repository’s tags are immutable, and ${tag} already names another image. Choose another tag: ` +
        `publishImage(image, { tag: … }). ${words}`,
      cause,
    );
  }
  if (noNetwork.test(message)) {
    return new UserError(
      `The Docker engine cannot reach ${repository}, or lost the connection. Check the network and, if you use a proxy, ` +
        'the engine’s own proxy setting. Run this again: layers that have arrived are skipped. ' +
        `The engine says: ${message}`,
      cause,
    );
  }
  return new UserError(`The image could not be pushed to ${repository}. ${words}`, cause);
}
