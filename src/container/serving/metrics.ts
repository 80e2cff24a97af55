// The server's metrics in Prometheus' format.
import type { Registry } from 'prom-client';
import type { Answered } from './invocation';

interface ServingMetrics {
  readonly contentType: string;
  invocation(answered: Answered): void;
  text(): Promise<string>;
}

/** Upper bounds of the histogram of latencies, in seconds. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** @param waiting returns the number of requests waiting for the model */
export function createServingMetrics(waiting: () => number): ServingMetrics {
  // Loaded on demand: most servers have no metrics.
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } =
    require('prom-client') as typeof import('prom-client');
  const registry: Registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const invocations = new Counter({
    name: 'invocations_total',
    help: 'Requests to /invocations that were answered, by HTTP status.',
    labelNames: ['status'],
    registers,
  });
  const headlines = new Counter({ name: 'headlines_total', help: 'Headlines predicted.', registers });
  const answered = new Counter({
    name: 'headlines_answered_total',
    help: 'Headlines of a cascade, by the part that has answered.',
    labelNames: ['by'],
    registers,
  });
  const seconds = new Histogram({
    name: 'invocation_seconds',
    help: 'Time from the head of a request to /invocations to its response.',
    buckets,
    registers,
  });
  new Gauge({
    name: 'invocations_waiting',
    help: 'Requests waiting for the model.',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    contentType: registry.contentType,
    invocation({ status, answeredBy, milliseconds, ...counted }) {
      invocations.inc({ status });
      headlines.inc(counted.headlines);
      for (const [by, count] of answeredBy) answered.inc({ by }, count);
      seconds.observe(milliseconds / 1000);
    },
    text: () => registry.metrics(),
  };
}
