// A browser without a window, for tests and for the pictures of the published notebook: the machine's own Chromium.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { UserError } from '../platform/errors';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Keeps the browser to what it is told: no news, no updates, no other servers. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser that the environment variable `CHROMIUM` names, else one on the PATH. */
function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...places].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== '';
  } catch {
    return false;
  }
}

/** Why there is no browser; false where there is one. */
export function whyNoChromium(): string | false {
  return findChromium()
    ? false
    : 'there is no Chromium: apt-get install chromium, or name one with CHROMIUM=PATH';
}

/** The caller closes it. Throws a {@link UserError} where there is none. */
export async function openChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new UserError(`Not without a browser: ${whyNoChromium()}.`);
  return await chromium.launch({ executablePath, args: flags });
}
