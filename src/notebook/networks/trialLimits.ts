// A thread that ends its process when the limits of a trial are reached, whatever the network does meanwhile.
import { limits, timeSignal } from './trial';

const end = performance.now() + limits.seconds * 1000;

setInterval(() => {
  if (performance.now() > end) process.kill(process.pid, timeSignal);
  if (process.memoryUsage.rss() > limits.gigabytes * 1e9) process.kill(process.pid, 'SIGKILL');
}, 20);
