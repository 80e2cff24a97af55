// Parses the output of `docker build --progress=plain` into steps with their status, duration and output.

/** A step of a build, such as an instruction of the Dockerfile. */
export interface BuildStep {
  /** BuildKit's name without options: [packages 2/6] RUN apt-get … */
  readonly name: string;
  status: 'running' | 'done' | 'cached' | 'failed';
  /** Duration in seconds, so far if it is running. */
  seconds: number;
  /** Output of its command. */
  readonly log: string[];
  /** The reason, if it failed. */
  reason?: string;
}

export interface BuildProgress {
  /** Returns the steps so far in the order of their start, without BuildKit's internal ones. */
  steps(): readonly BuildStep[];
  /** Returns the failed step, if any. */
  failure(): BuildStep | undefined;
  /** Errors of the build as a whole. */
  readonly messages: readonly string[];
  /** Reads the next line of the output. */
  read(line: string): void;
}

export function followBuild(now: () => number = () => performance.now()): BuildProgress {
  const steps = new Map<string, BuildStep & { begun: number }>();
  const messages: string[] = [];
  return {
    messages,
    failure: () => [...steps.values()].find(({ status }) => status === 'failed'),
    steps() {
      for (const step of steps.values()) {
        if (step.status === 'running') step.seconds = (now() - step.begun) / 1000;
      }
      return [...steps.values()].filter(({ name }) => !name.startsWith('[internal]'));
    },
    read(line) {
      const [, id, text] = /^#(\d+) (.*)$/.exec(line) ?? [];
      if (id === undefined || text === undefined) {
        if (line.trim() !== '') messages.push(line);
        return;
      }
      const step = steps.get(id);
      if (step) readInto(step, text);
      else steps.set(id, { name: shorten(text), status: 'running', seconds: 0, log: [], begun: now() });
    },
  };
}

function readInto(step: BuildStep, text: string): void {
  const [, seconds] = /^DONE (\d+\.\d)s$/.exec(text) ?? [];
  const [, written] = /^\d+\.\d+ (.*)$/.exec(text) ?? [];
  const [, reason] = /^ERROR: (.*)$/.exec(text) ?? [];
  if (seconds !== undefined) Object.assign(step, { status: 'done', seconds: Number(seconds) });
  else if (text === 'CACHED') step.status = 'cached';
  else if (reason !== undefined) Object.assign(step, { status: 'failed', reason });
  else if (written !== undefined) step.log.push(written);
}

function shorten(name: string): string {
  return name.replace(/ --(mount|from)=\S+/g, '').replace(/\s+/g, ' ');
}

/** Finished steps that took less get no line. */
const quickSeconds = 0.5;

/** Returns a line for each slow or running step, and one for all cached steps. */
export function describeSteps(steps: readonly BuildStep[]): string[] {
  const cached = steps.filter(({ status }) => status === 'cached').length;
  const told = steps.filter(
    ({ status, seconds }) => status !== 'cached' && (status !== 'done' || seconds >= quickSeconds),
  );
  return [...(cached > 0 ? [`unchanged: ${cached} step(s)`] : []), ...told.map(describeStep)];
}

function describeStep({ name, status, seconds, log }: BuildStep): string {
  const time = `${seconds.toFixed(status === 'running' ? 0 : 1)} s`.padStart(7);
  const last = status === 'running' ? log.at(-1) : undefined;
  const ending = status === 'failed' ? ': failed' : last ? `: ${last}` : '';
  return `${time}  ${name}${ending}`.slice(0, 160);
}
