// Shows the seconds that something takes, each second.

/** Shows a text with the seconds since its start, such as `Creating, 12 s`, again each second until it is stopped. */
export function startClock(show: (text: string) => void): { show(text: string): void; stop(): void } {
  const start = Date.now();
  let text = '';
  const tick = () => {
    const seconds = Math.round((Date.now() - start) / 1000);
    if (text) show(seconds > 0 ? `${text}, ${seconds} s` : text);
  };
  const timer = setInterval(tick, 1000).unref();
  return {
    show(next) {
      text = next;
      tick();
    },
    stop: () => clearInterval(timer),
  };
}
