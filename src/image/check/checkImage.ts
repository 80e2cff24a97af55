// Static checks of an image: its platform, files in SageMaker's folders, and whether its programs start.
import { posix } from 'node:path';
import { removeContainer } from '../engine/containers';
import { explainEngineError } from '../engine/engine';
import { type FileEntry, findFile } from '../engine/tarball';
import { openArchive, readEntry } from './folders';
import { Finding, fail, type Subject } from './subject';
import { createContainer, lastWords, startContainer, untilEnd } from './trial';

/** Checks for linux/amd64, the platform of SageMaker's instances, or for the one of Graviton instances if you name it. */
export async function checkPlatform({ docker, image, settings }: Subject): Promise<string> {
  const { Os, Architecture } = await docker.getImage(image).inspect();
  const platform = `${Os}/${Architecture}`;
  if (platform === settings.platform) return platform;
  return fail(
    `The image is for ${platform}: on SageMaker its programs would end with "exec format error".`,
    `Build it with --platform=${settings.platform}.`,
  );
}

/** Checks that /opt/ml, which belongs to SageMaker, contains no file. */
export async function checkReservedFolder(subject: Subject): Promise<string> {
  const container = await createContainer(subject, { Cmd: ['train'] });
  const archive = await openArchive(container, '/opt/ml');
  const file = archive && (await findFile(archive));
  await removeContainer(container);
  if (file === undefined) return 'the image has no file there';
  return fail(
    `The image has files under /opt/ml, such as /opt/${file}: SageMaker mounts its own folders there and hides them.`,
    'Put programs and data elsewhere, as in /opt/program.',
  );
}

/** Seconds to watch a program that starts. */
const watchSeconds = 2;

/** Checks that the arguments `train` and `serve` reach a program that the engine can start. */
export async function checkEntryPoint(subject: Subject): Promise<string> {
  const { Config } = await subject.docker.getImage(subject.image).inspect();
  const entryPoint = [Config.Entrypoint ?? []].flat();
  if (/(^|\/)\w*sh$/.test(entryPoint[0] ?? '') && entryPoint[1] === '-c') {
    fail(
      `ENTRYPOINT is in shell form (${JSON.stringify(entryPoint)}): the arguments train and serve, and SIGTERM, do not ` +
        'reach the program.',
      'Write it in exec form: ENTRYPOINT ["/opt/program/start"].',
    );
  }
  const problems = [await findProblem(subject, 'train'), await findProblem(subject, 'serve')];
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Finding(found.join(' '));
  return entryPoint.length === 0 ? 'train and serve start' : `${JSON.stringify(entryPoint)} starts`;
}

/** Explains why a program does not start; undefined if it starts, even if it then fails on its empty folders. */
async function findProblem(subject: Subject, word: 'train' | 'serve'): Promise<string | undefined> {
  try {
    const container = await startContainer(subject, word, {});
    const exitCode = await untilEnd(container, watchSeconds);
    const log = await lastWords(container);
    await removeContainer(container);
    if (exitCode === undefined || exitCode === 0) return undefined;
    return (await explainStart(subject, word, log)) ?? explainExit(word, exitCode, log);
  } catch (error) {
    const problem = await explainStart(subject, word, (error as Error).message);
    if (problem) return problem;
    throw explainEngineError(error);
  }
}

/** Explains the exit codes 126 and 127, with which a shell reports a command that it cannot start. */
function explainExit(word: string, exitCode: number, log: string): string | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  if (/\\r|\r/.test(log)) return `${word}: ${carriageReturns(word)} ${log}`;
  const cause = exitCode === 126 ? 'is not executable: run chmod +x on it in the Dockerfile' : 'is not found';
  return `${word}: exit code ${exitCode}: the program, or what it calls, ${cause}. ${log}`;
}

/** Matches the engine's message about a program that it cannot start, in its response or in the container's log. */
const startFailure =
  /exec:? "?([^\s":]+)"?: (?:executable file not found|no such file|permission denied|exec format error)/;

async function explainStart(subject: Subject, word: string, text: string): Promise<string | undefined> {
  const [, program] = startFailure.exec(text.replaceAll('\\"', '"')) ?? [];
  if (program === undefined) return undefined;
  const problem = explainProgram(program, await findProgram(subject, program));
  return problem && `${word}: ${problem}`;
}

/** Returns the program's file, if it exists. */
async function findProgram(subject: Subject, program: string): Promise<FileEntry | undefined> {
  const container = await createContainer(subject, { Cmd: ['train'] });
  const { Env, WorkingDir } = (await container.inspect()).Config;
  const path = Env?.find((line) => line.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  let file: FileEntry | undefined;
  for (const folder of program.includes('/') ? [WorkingDir] : path.split(':')) {
    file ??= await readEntry(container, posix.resolve('/', folder, program));
  }
  await removeContainer(container);
  return file;
}

/** Explains the fault of a program's file; undefined if the file is not at fault. */
function explainProgram(program: string, file: FileEntry | undefined): string | undefined {
  if (!file) {
    return (
      `${program} is not found in the image. SageMaker starts it as \`docker run IMAGE train\`: set an ENTRYPOINT in ` +
      'exec form, or put programs called train and serve on the PATH.'
    );
  }
  if (!file.isExecutable) return `${program} is not executable: run chmod +x on it in the Dockerfile.`;
  const [firstLine = ''] = file.head.split('\n');
  if (firstLine.startsWith('#!') && firstLine.endsWith('\r')) return carriageReturns(program);
  const interpreter = /^#!\s*(\S+)/.exec(firstLine)?.[1];
  if (interpreter)
    return `${program} asks for ${interpreter} in its first line, which the image does not have.`;
  if (file.head.startsWith('\x7fELF')) return undefined;
  return `${program} is a script without a first line such as #!/bin/sh: write one.`;
}

function carriageReturns(program: string): string {
  return (
    `the lines of ${program} end with CRLF, so its interpreter is not found. Save it with LF line ends ` +
    '(.gitattributes: * text=auto eol=lf).'
  );
}
