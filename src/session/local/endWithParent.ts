// Preloaded into every child of a session on this machine: when the kernel that started it is gone, the child ends as if
// it were stopped. The child records its memory and its end itself, since the kernel may be gone by then.
import { setTimeout } from 'node:timers';
import { recordEnd, recordMemory, recordStop } from './record';

const graceMilliseconds = 20_000;
const folder = process.env.SAGEMAKER_BASE_DIR ?? '';

recordMemory(folder);
// By default an interruption of the kernel in VS Code would end every child: see onInterrupt().
process.on('SIGINT', () => undefined);
process.once('exit', (code) => recordEnd(folder, code));
process.once('disconnect', () => {
  console.log('The kernel that started this process is gone, so the process ends.');
  recordStop(folder);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), graceMilliseconds).unref();
});
process.channel?.unref();
