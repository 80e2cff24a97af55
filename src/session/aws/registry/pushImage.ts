// A local image → a registry, through the Docker engine, which connects to the registry by itself. The password goes
// with the request and nowhere else: into no file, no log, no message.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { explainEngineText, withEngine } from '../../../image/engine/engine';
import { UserError, withCleanUp } from '../../../platform/errors';
import { followPush, type PushMessage } from './pushProgress';

/** Where an image goes. */
export interface Destination {
  /** The repository with its registry's host: …amazonaws.com/NAME */
  readonly repository: string;
  readonly tag: string;
}

export interface PushOptions {
  /** The registry's password for the user AWS; asked for again where the registry says that it has expired. */
  getPassword: () => Promise<string>;
  /** The sentence for what the registry refuses, where there is one. */
  explain: (text: string) => UserError | undefined;
  /** Ends the push. */
  signal: AbortSignal;
  /** Told about once a second how far the push is. */
  onProgress: (lines: readonly string[]) => void;
}

/**
 * Pushes an image and returns its manifest's digest. Layers that the registry has are skipped. The engine's names are
 * afterwards as they were before; only an image without any name keeps the destination's, since taking an image's last
 * name away would delete it. Throws a {@link UserError} for what the engine or the registry refuses.
 */
export async function pushImage(id: string, to: Destination, options: PushOptions): Promise<string> {
  return await withEngine(async (docker) => {
    const removeName = await addName(docker, id, to);
    return await withCleanUp(() => pushTwice(docker, to, options), removeName);
  });
}

/** The engine pushes by name. Returns what undoes it. */
async function addName(docker: Docker, id: string, { repository, tag }: Destination) {
  const name = `${repository}:${tag}`;
  const { RepoTags: names } = await docker.getImage(id).inspect();
  const listed = await docker.listImages({ filters: { reference: [name] } });
  const before = listed[0]?.Id;
  await docker.getImage(id).tag({ repo: repository, tag });
  return async () => {
    if (before === id) return;
    // Takes the digest along, which moving the name to another image would not.
    if (names.length > 0) await docker.getImage(name).remove();
    if (before) await docker.getImage(before).tag({ repo: repository, tag });
  };
}

const refusedPassword = /authorization token has expired|no basic auth credentials|unauthorized/i;

/** Once more with a new password where the first one is refused. */
async function pushTwice(docker: Docker, to: Destination, options: PushOptions): Promise<string> {
  try {
    return await pushOnce(docker, to, options);
  } catch (error) {
    if (!refusedPassword.test((error as Error).message)) throw explainPush(error, to, options);
  }
  try {
    return await pushOnce(docker, to, options);
  } catch (error) {
    throw explainPush(error, to, options);
  }
}

/** Throws what the registry says as it is. */
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
  /** Once, at the end: what was pushed. */
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

/** As the engine reads it: base64 with - and _, padded, unlike Node's base64url. */
function encode(repository: string, password: string): string {
  const serveraddress = repository.split('/')[0];
  const text = JSON.stringify({ username: 'AWS', password, serveraddress });
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** Node turns a header's value into text; inspect(), by which docker-modem logs its requests, shows nothing of it. */
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
  const known = explainEngineText(message) ?? explain(message);
  if (known) return known;
  const words = `The registry’s words: ${message}`;
  if (refusedPassword.test(message)) {
    return new UserError(`The registry refuses new passwords, too. Run this again, later. ${words}`);
  }
  if (/immutable/.test(message)) {
    return new UserError(
      `The repository keeps its tags, and ${tag} belongs to another image there. Choose another one: ` +
        `publishImage(image, { tag: … }). ${words}`,
    );
  }
  if (noNetwork.test(message)) {
    return new UserError(
      `The Docker engine does not reach ${repository}, or has lost it. It needs a network, and in its own settings ` +
        'the address of a proxy where there is one. Run this again: layers that have arrived are skipped. ' +
        `The engine’s words: ${message}`,
    );
  }
  return new UserError(`The image could not be pushed to ${repository}. ${words}`);
}
