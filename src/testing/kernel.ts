// Drives the notebook's kernel as a Jupyter client does. Used by tests only.
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { python, workshopNotebook } from '../jupyter/run';

export interface KernelCell {
  code: string;
  /** Interrupts the kernel that many times when the text first appears in the output. */
  interrupt?: { at: string; times?: number };
}

export interface KernelResult {
  /** `ok` or `error`; `dead` if the kernel ended, `hangs` if it did not end within 150 s. */
  status: string;
  stdout: string;
  stderr: string;
  /** Messages that carried output. */
  messages: number;
  /** The plain text of what was displayed, in order; of a place that was updated, every version. */
  displayed: string[];
}

/** Python: runs the cells on a new kernel. What arrives for an earlier cell counts as output of the present one. */
const driver = `
import json, queue, subprocess, sys, time
from jupyter_client.manager import start_new_kernel

def reply_to(client, request):
    while True:
        message = client.get_shell_msg(timeout=30)
        if message['parent_header'].get('msg_id') == request:
            return message['content']['status']

def run(manager, client, cell):
    result = dict(status='hangs', stdout='', stderr='', messages=0, displayed=[])
    interrupt = cell.get('interrupt')
    request = client.execute(cell['code'])
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            if manager.is_alive():
                continue
            result['status'] = 'dead'
            return result
        kind, content = message['msg_type'], message['content']
        if kind == 'status':
            if content['execution_state'] == 'idle' and message['parent_header'].get('msg_id') == request:
                result['status'] = reply_to(client, request)
                return result
            continue
        result['messages'] += 1
        text = content['text'] if kind == 'stream' else content['data'].get('text/plain', '')
        if kind == 'stream':
            result[content['name']] += text
        else:
            result['displayed'].append(text)
        if interrupt and interrupt['at'] in text:
            for _ in range(interrupt.get('times', 1)):
                manager.interrupt_kernel()
                time.sleep(0.01)
            interrupt = None
    return result

# A kernel that inherited this pipe would make it non-blocking, and a long print would fail.
manager, client = start_new_kernel(kernel_name='tslab', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    print(json.dumps([run(manager, client, cell) for cell in json.load(sys.stdin)]))
finally:
    manager.shutdown_kernel(now=True)
`;

/** Runs cells on a new kernel, one after the other, even after a failure. */
export async function runCells(cells: readonly (KernelCell | string)[]): Promise<KernelResult[]> {
  const running = promisify(execFile)(python, ['-c', driver], {
    cwd: dirname(workshopNotebook),
    maxBuffer: 1e9,
  });
  const list = cells.map((cell) => (typeof cell === 'string' ? { code: cell } : cell));
  running.child.stdin?.end(JSON.stringify(list));
  return JSON.parse((await running).stdout);
}
