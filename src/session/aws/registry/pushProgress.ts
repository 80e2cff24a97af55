// What the Docker engine tells of a push, layer by layer → a few lines.

/** One of the engine's messages. */
export interface PushMessage {
  readonly status?: string;
  /** The layer. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

export interface PushProgress {
  /** Takes the next message. */
  read(message: PushMessage): void;
  /** A line for each layer that is on its way, and one for all that are in each other state. */
  lines(): string[];
}

export function followPush(): PushProgress {
  const layers = new Map<string, PushMessage>();
  return {
    read(message) {
      // The tag, too, is told as one that is pushed; it has no id of a layer.
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
  if (retry) return `${id}: the connection broke; tried again in ${retry}`;
  if (!current) return `${id}: pushing`;
  // The engine does not always know a layer's size, and compression may make more of it than it is.
  const of = total ? ` of ${megabytes(Math.max(total, current))}` : '';
  return `${id}: ${megabytes(current)}${of} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
