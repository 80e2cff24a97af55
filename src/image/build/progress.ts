// What a build tells (`docker build --progress=plain`) → its steps: which runs, how long, and what it said last.

/** A step of a build, such as an instruction of the Dockerfile. */
export interface BuildStep {
  /** As BuildKit names it, without options: [packages 2/6] RUN apt-get … */
  readonly name: string;
  status: 'running' | 'done' | 'cached' | 'failed';
  /** How long it took, or has been running. */
  seconds: number;
  /** What its command wrote. */
  readonly log: string[];
  /** Where it failed, why. */
  reason?: string;
}

export interface BuildProgress {
  /** The steps so far, in the order of their beginning; without what BuildKit does for itself. */
  steps(): readonly BuildStep[];
  /** The step that failed, if one has. */
  failure(): BuildStep | undefined;
  /** What belongs to no step: errors of the build as a whole. */
  readonly messages: readonly string[];
  /** Takes the next line of the output. */
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

/** Below that, a step that is done is not worth a line. */
const quickSeconds = 0.5;

/** One line for each step that took its time or still runs, and one for all that were taken over from before. */
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
