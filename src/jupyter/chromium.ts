// Starts the machine's Chromium without a window, for tests and for the pictures of the published notebook.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { UserError } from '../platform/errors';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Keeps the browser from contacting other servers and from updating itself. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Returns the browser that the environment variable `CHROMIUM` names, or else one on the PATH. */
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

/** Returns the reason why no browser is available; false if one is. */
export function whyNoChromium(): string | false {
  return findChromium() ? false : 'Chromium is missing: apt-get install chromium, or set CHROMIUM=PATH';
}

/** Starts a browser, which the caller closes. Throws a {@link UserError} if none is installed. */
export async function openChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new UserError(`This needs a browser. ${whyNoChromium()}.`);
  return await chromium.launch({ executablePath, args: flags });
}
