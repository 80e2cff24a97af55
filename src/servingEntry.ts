// What `container/serve` runs: loads the model artifact once, answers until SIGTERM, then drains.
import { loadArtifact } from './artifact';
import { baseDirectory } from './baseDirectory';
import { describeError, UserError } from './errors';
import { createServer, defaultMaxPayloadBytes } from './server';

/** Serves as a SageMaker endpoint's container does. Ends the process with exit code 1 where it cannot. */
export async function main(): Promise<void> {
  try {
    const server = createServer({ maxPayloadBytes: readMaxPayload() });
    process.on('SIGTERM', async () => {
      await server.app.close();
      process.exit(0);
    });
    await listen(server.app, readPort());
    server.use(await loadArtifact(baseDirectory().model));
    console.log('The model is loaded.');
  } catch (error) {
    console.error(describeError(error));
    process.exit(1);
  }
}

async function listen(app: ReturnType<typeof createServer>['app'], port: number): Promise<void> {
  try {
    const host = process.env.BIND_ADDRESS ?? '0.0.0.0';
    console.log(`Listening on ${await app.listen({ port, host })}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UserError(
      `Port ${port} is in use. End the other program, or set SAGEMAKER_BIND_TO_PORT to a free port.`,
    );
  }
}

function readPort(): number {
  return readNumber('SAGEMAKER_BIND_TO_PORT', 1, 65535) ?? 8080;
}

/** Of batch transform; 0 stands for no limit (MaxPayloadInMB in CreateTransformJob). */
function readMaxPayload(): number {
  const megabytes = readNumber('SAGEMAKER_MAX_PAYLOAD_IN_MB', 0, 100);
  if (megabytes === 0) return Number.MAX_SAFE_INTEGER;
  return megabytes === undefined ? defaultMaxPayloadBytes : megabytes * 1024 * 1024;
}

function readNumber(name: string, minimum: number, maximum: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new UserError(`${name} is "${text}"; expected a whole number from ${minimum} to ${maximum}.`);
}
