// Turns the Docker engine's messages about a push, layer by layer, into a few lines of progress.

/** One of the engine's messages. */
export interface PushMessage {
  readonly status?: string;
  /** The layer. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

export interface PushProgress {
  /** Reads the next message. */
  read(message: PushMessage): void;
  /** Returns a line for each layer that is being pushed, and a count for each other state. */
  lines(): string[];
}

export function followPush(): PushProgress {
  const layers = new Map<string, PushMessage>();
  return {
    read(message) {
      // Messages about the tag look alike but have no layer's id.
      if (message.id && isState(message.status)) layers.set(message.id, message);
    },
    lines() {
      const all = [...layers.values()];
      const count = (label: string, pattern: RegExp) => {
        const matching = all.filter(({ status = '' }) => pattern.test(status)).length;
        return matching > 0 ? [`${label}: ${matching} layer(s)`] : [];
      };
      return [
        ...count('already there', /^(Layer already exists|Mounted from)/),
        ...count('pushed', /^Pushed/),
        ...all.filter(({ status = '' }) => /^(Pushing|Retrying)/.test(status)).map(describeLayer),
        ...count('waiting', /^(Preparing|Waiting)/),
      ];
    },
  };
}

function isState(status = ''): boolean {
  return /^(Preparing|Waiting|Pushing|Pushed|Retrying|Layer already exists|Mounted from)/.test(status);
}

function describeLayer({ id, status = '', progressDetail: { current, total } = {} }: PushMessage): string {
  const retry = /^Retrying in (.*)$/.exec(status)?.[1];
  if (retry) return `${id}: connection lost, retrying in ${retry}`;
  if (!current) return `${id}: pushing`;
  // The engine may not know a layer's size, and a compressed layer may be larger than it.
  const of = total ? ` of ${megabytes(Math.max(total, current))}` : '';
  return `${id}: ${megabytes(current)}${of} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
