// Drives the notebook's kernel as VS Code's Jupyter extension does: no Jupyter server, but the kernel's process, its ZeroMQ
// sockets and signals, in the order of microsoft/vscode-jupyter 2026.6 (src/kernels/raw). Used by tests only.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';
import { workshopNotebook } from '../jupyter/run';
import { projectFolder } from '../platform/paths';
import { atEnd, eventually, findFreePort, temporaryFolder } from './folders';

interface Message {
  type: string;
  /** The id of the request that it belongs to. */
  parent: string | undefined;
  content: Record<string, unknown>;
}

/** An output under a cell: text of a stream, or a bundle of MIME types. */
export interface Shown {
  stream?: string;
  text?: string;
  data?: Record<string, unknown>;
}

type Channel = 'shell' | 'control' | 'stdin';

/** The kernel's registration, as set-up writes it. */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode?: string;
}

export function readKernelSpec(): KernelSpec {
  const file = join(projectFolder, '.venv', 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Comes before the signed part of a message. */
const delimiter = '<IDS|MSG>';

export class RawKernel {
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  private readonly session = randomUUID();
  private readonly received: Message[] = [];
  /** Outputs that may be replaced, by display_id. */
  private readonly places = new Map<string, Shown>();
  private readonly sockets: Record<Channel, Dealer>;

  private constructor(
    t: TestContext,
    private readonly child: ChildProcess,
    private readonly key: string,
    private readonly ports: Readonly<Record<string, number>>,
  ) {
    this.ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
    const options = { routingId: randomUUID(), sendHighWaterMark: 0, receiveHighWaterMark: 0 };
    this.sockets = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) };
    const iopub = new Subscriber({ receiveHighWaterMark: 0 });
    iopub.subscribe();
    for (const [channel, socket] of Object.entries({ ...this.sockets, iopub })) {
      socket.connect(`tcp://127.0.0.1:${this.ports[`${channel}_port`]}`);
      void this.receive(socket);
      atEnd(t, () => socket.close());
    }
  }

  /** Starts the kernel as from a desktop, whose PATH has no Node, and waits until it answers. */
  static async start(t: TestContext): Promise<RawKernel> {
    const key = randomUUID();
    const names = ['hb_port', 'control_port', 'shell_port', 'stdin_port', 'iopub_port'];
    const found = await Promise.all(names.map(findFreePort));
    const ports = Object.fromEntries(names.map((name, at) => [name, found[at] as number]));
    const home = await temporaryFolder(t);
    const connectionFile = join(home, 'kernel-v3.json');
    const fixed = {
      signature_scheme: 'hmac-sha256',
      transport: 'tcp',
      ip: '127.0.0.1',
      kernel_name: 'tslab',
    };
    await writeFile(connectionFile, JSON.stringify({ ...fixed, ...ports, key }));

    const [file = '', ...given] = readKernelSpec().argv;
    const parameters = given.map((word) => word.replace('{connection_file}', connectionFile));
    const env = { PATH: '/nowhere', HOME: home };
    const child = spawn(file, parameters, { cwd: dirname(workshopNotebook), env, stdio: 'ignore' });
    atEnd(t, () => child.kill('SIGKILL'));
    for (const name of ['shell_port', 'iopub_port']) await eventually(() => accepts(ports[name] as number));
    const kernel = new RawKernel(t, child, key, ports);
    await kernel.becomeReady();
    return kernel;
  }

  /** Asks on both channels until one answers and the subscription works. */
  private async becomeReady(): Promise<void> {
    const isReady = () =>
      ['kernel_info_reply', 'status'].every((type) => this.received.some((message) => message.type === type));
    while (!isReady()) {
      for (const channel of ['control', 'shell'] as const) await this.send(channel, 'kernel_info_request');
      await setTimeout(500);
    }
  }

  /** Sends a request and returns its id. */
  async send(channel: Channel, type: string, content: object = {}): Promise<string> {
    const id = randomUUID();
    const header = {
      msg_id: id,
      msg_type: type,
      username: this.session,
      session: this.session,
      date: new Date().toISOString(),
      version: '5.2',
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    await this.sockets[channel].send([delimiter, this.sign(parts), ...parts]);
    return id;
  }

  /** Resolves to the content of the reply to a request. */
  async reply(id: string): Promise<Record<string, unknown>> {
    const find = () => this.received.find(({ type, parent }) => parent === id && type.endsWith('_reply'));
    await eventually(() => find() !== undefined);
    return find()?.content ?? {};
  }

  /** Runs a cell to its end: its reply has come, and the kernel is idle. */
  async execute(code: string, { interruptAt }: { interruptAt?: string } = {}) {
    const content = { code, silent: false, stop_on_error: false, allow_stdin: true, store_history: true };
    const id = await this.send('shell', 'execute_request', content);
    const own = () => this.received.filter(({ parent }) => parent === id);
    if (interruptAt) {
      await eventually(() => JSON.stringify(own()).includes(interruptAt));
      this.signal('SIGINT');
    }
    const reply = await this.reply(id);
    await eventually(() => own().some(({ content }) => content.execution_state === 'idle'));
    return { reply, outputs: this.show(own()) };
  }

  /** Sends a signal as VS Code does: to all descendants of the kernel, then to itself. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.child.pid as number;
    for (const each of [...descendantsOf(pid), pid]) process.kill(each, signal);
  }

  private async receive(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const texts = frames.map(String);
      const [signature = '', ...parts] = texts.slice(texts.indexOf(delimiter) + 1);
      assert.equal(signature, this.sign(parts));
      const [header, parent, , content] = parts.map((part) => JSON.parse(part));
      this.received.push({ type: header.msg_type, parent: parent.msg_id, content });
    }
  }

  private sign(parts: readonly string[]): string {
    return createHmac('sha256', this.key).update(parts.join('')).digest('hex');
  }

  /** Returns the outputs that these messages leave. */
  private show(messages: readonly Message[]): Shown[] {
    const outputs: Shown[] = [];
    for (const { type, content } of messages) {
      const { name, text, data, transient } = content as {
        name: string;
        text: string;
        data: Record<string, unknown>;
        transient?: { display_id?: string };
      };
      const place = transient?.display_id ?? '';
      if (type === 'update_display_data') {
        const shown = this.places.get(place);
        assert.ok(shown, 'VS Code ignores the update of an output that it does not know');
        shown.data = data;
      } else if (type === 'display_data') {
        const shown = { data };
        if (place) this.places.set(place, shown);
        outputs.push(shown);
      } else if (type === 'stream') {
        const last = outputs.at(-1);
        if (last?.stream === name) last.text += text;
        else outputs.push({ stream: name, text });
      }
    }
    return outputs;
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([above, child = 0]) => (above === parent ? [...below(child), child] : []));
  return below(pid);
}
