// What testImage() finds in images that are broken in one way or another, with a real engine: that and nothing else.
import assert from 'node:assert/strict';
import { docker, testBase, testWithDocker } from '../../testing/docker';
import { atEnd } from '../../testing/folders';
import { assertFailures, buildSmallImage, type Changes, smallImageOptions } from '../../testing/image';
import { testImage } from './testImage';

/** Each defect, or several that have nothing to do with each other, and what the report must say; all else is fine. */
const defects: readonly { name: string; changes: Changes; failures: Record<string, RegExp> }[] = [
  {
    name: 'another platform',
    changes: { platform: 'linux/arm64' },
    failures: { Platform: /linux\/arm64.*--platform=linux\/amd64/ },
  },
  {
    name: 'a missing program',
    changes: { lines: ['RUN rm /opt/program/train'] },
    failures: { 'Entry point': /^train: train is not found.*ENTRYPOINT/ },
  },
  {
    name: 'a program that is not executable',
    changes: { lines: ['RUN chmod -x /opt/program/serve'] },
    failures: { 'Entry point': /^serve: serve is not executable: run chmod \+x/ },
  },
  {
    name: 'CRLF line ends, met by the engine and by env',
    changes: { train: { '\n': '\r\n' }, serve: { 'local/bin/node\n': 'bin/env node\r\n' } },
    failures: { 'Entry point': /^train: the lines of \S*train end with CRLF.* serve: .* end with CRLF/ },
  },
  {
    name: 'a script without a first line; an interpreter that is not there',
    changes: { train: { '#!/usr/local/bin/node\n': '' }, serve: { 'local/bin/node': 'bin/python3' } },
    failures: { 'Entry point': /train is a script without a first line.*serve asks for \/usr\/bin\/python3/ },
  },
  {
    name: 'a shell that does not find the program',
    changes: { lines: ['ENTRYPOINT ["sh", "-ec", "other $0", "other"]', 'ENTRYPOINT ["bash", "other"]'] },
    failures: { 'Entry point': /^train: exit code 127.*is not found.* serve: exit code 127/ },
  },
  {
    name: 'ENTRYPOINT in shell form',
    changes: { lines: ['ENTRYPOINT exec node'] },
    failures: { 'Entry point': /shell form.*exec form/ },
  },
  {
    name: 'training that succeeds without an artifact',
    changes: { train: { "fs.writeFileSync('/opt/ml/model/words.json', JSON.stringify(words));": '' } },
    failures: { Training: /exit code 0 and left nothing in \/opt\/ml\/model/ },
  },
  {
    name: 'a link in the artifact; quotes; SIGTERM that is passed over; an artifact that cannot be read',
    changes: {
      train: {
        'process.exit(0)': "fs.symlinkSync('words.json', '/opt/ml/model/latest'); process.exit(0)",
        "text.replaceAll('\"', '')": 'text',
        "process.on('SIGTERM', end)": "process.on('SIGTERM', () => undefined)",
      },
      serve: { 'model/words.json': 'model/other.json' },
    },
    failures: {
      Artifact: /model\/latest is a symbolic link/,
      'Quoted hyperparameters': /rounds is not a whole number.*parse values that are JSON/,
      'SIGTERM while training': /train was still running 3 s after SIGTERM/,
      'Start of serving': /ended with exit code 1.*ENOENT.*other\.json.*GET \/ping/,
    },
  },
  {
    name: 'failures with exit code 0; a server that never becomes healthy',
    changes: {
      train: { 'process.exitCode = 1': '' },
      serve: { 'ping = () => response.end()': 'ping = () => response.writeHead(503).end()' },
    },
    failures: {
      'Bad data': /exit code 0: SageMaker would call the job Completed/,
      'Bad hyperparameters': /exit code 0: SageMaker would call the job Completed/,
      'Start of serving': /within 5 s \(last: status 503\)/,
    },
  },
  {
    name: 'no failure file; SIGTERM that loses model and request; a slow ping; a file under /opt/ml',
    changes: {
      train: {
        "fs.writeFileSync('/opt/ml/output/failure', error.message);": '',
        "process.on('SIGTERM', end)": "process.on('SIGTERM', () => process.exit(0))",
      },
      serve: {
        // The first one is quick.
        'ping = () => response.end()':
          'ping = () => setTimeout(() => response.end(), (server.slow = (server.slow ?? -2100) + 2100))',
        'server.close(() => process.exit(0))': 'process.exit(0)',
      },
      lines: ['RUN mkdir -p /opt/ml/code && touch /opt/ml/code/train.py'],
    },
    failures: {
      'Nothing under /opt/ml': /such as \/opt\/ml\/code\/train\.py/,
      'Bad data': /exit code 1 and wrote no \/opt\/ml\/output\/failure/,
      'Bad hyperparameters': /exit code 1 and wrote no \/opt\/ml\/output\/failure/,
      'SIGTERM while training': /left nothing in \/opt\/ml\/model/,
      Ping: /\/ping got status 200 \(\) after [2-9]\.\d s/,
      'SIGTERM while serving': /pending at SIGTERM got no answer/,
    },
  },
  {
    name: 'training that writes where only root may; a server that writes into the model folder, and ends when it should not',
    changes: {
      train: { 'try {': "try {\n  fs.writeFileSync('/opt/program/cache', '');" },
      serve: {
        'const words': "fs.writeFileSync('/opt/ml/model/cache', '');\nconst words",
        'server.close(() => process.exit(0))': 'undefined',
        "?? 'unknown word'": "?? (word === '' ? process.exit(1) : 'unknown word')",
      },
    },
    failures: {
      'Training as another user': /EROFS.*runs containers as root/,
      'Bad requests': /an empty body got no answer/,
      'SIGTERM while serving': /serve was still running 3 s after SIGTERM/,
      'Read-only model folder': /EROFS.*\/tmp/,
    },
  },
  {
    name: 'a server that writes where only root may; bad requests that are its own fault; a port of its own',
    changes: {
      serve: {
        'const words': "fs.writeFileSync('/opt/program/cache', '');\nconst words",
        '? 200 : 400': '? 200 : 500',
        'process.env.SAGEMAKER_BIND_TO_PORT ?? 8080': '8080',
      },
    },
    failures: {
      'Bad requests': /got status 500 \(unknown word\)/,
      SAGEMAKER_BIND_TO_PORT: /no answer.*Listen on the port in SAGEMAKER_BIND_TO_PORT/,
      'Serving as another user': /EROFS.*runs containers as root/,
    },
  },
];

for (const { name, changes, failures } of defects) {
  testWithDocker(`found: ${name}`, async (t) => {
    const report = await testImage(await buildSmallImage(t, changes), smallImageOptions);
    assertFailures(report, failures);
  });
}

testWithDocker('found: programs that need something outside', async (t) => {
  const server = 'require("node:net").createServer().listen(80)';
  const started = docker('run', '--detach', '--entrypoint', 'node', testBase, '-e', server);
  assert.equal(started.status, 0, started.output);
  const id = started.output.trim();
  atEnd(t, () => docker('rm', '--force', '--volumes', id));
  const address = docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id).output.trim();
  const outside = `require('node:net').connect(80, '${address}').unref().on('connect', () =>`;
  const image = await buildSmallImage(t, {
    train: { 'setTimeout(end, rounds * 100);': `${outside} setTimeout(end, rounds * 100));` },
    serve: { 'server.listen': `${outside} server.listen`, '8080);': '8080));' },
  });
  assertFailures(await testImage(image, smallImageOptions), {
    'Training without a network': /ENETUNREACH.*network isolation/,
    'Serving without a network': /network isolation/,
  });
});
