// Preloaded into every child of the process session: when the kernel that started it is gone, so is the child.
process.once('disconnect', () => {
  process.once('SIGTERM', () => process.exit(1));
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref();
