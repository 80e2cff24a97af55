// `npm run publish-notebook` (`-- evaluation` and `-- scale` for the others): runs a notebook on the synthetic headlines and writes it
// back into notebooks/ with a picture of each chart, for viewers that run no scripts. Rejects a result that is not fit for a
// repository, such as one with a path of this machine.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { syntheticName } from '../data/dataset';
import { descriptionOf } from '../display/altText';
import { type Figure, plotlyType } from '../display/figure';
import { runMain, UserError } from '../platform/errors';
import { writeWhole } from '../platform/files';
import { outputFolder, projectFolder } from '../platform/paths';
import type { Notebook, Output } from './format';
import { drawPictures } from './pictures';
import { chooseNotebook, runNotebook } from './run';

const pictureType = 'image/png';

/** The largest notebook file, in megabytes, that repository viewers show. */
const largest = 5;

/**
 * Returns a copy whose charts have a picture with alternative text instead of their table, because viewers would
 * otherwise show the table.
 */
export async function withPictures(
  notebook: Notebook,
  draw: (figures: readonly Figure[]) => Promise<Buffer[]> = drawPictures,
): Promise<Notebook> {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  const charts = outputs.filter(({ data }) => data?.[plotlyType]);
  const figures = charts.map(({ data }) => data?.[plotlyType] as Figure);
  const pictures = await draw(figures);
  const pictured = new Map<Output, Output>(
    charts.map((output, chart) => {
      const { 'text/html': _, ...data } = output.data ?? {};
      const picture = (pictures[chart] as Buffer).toString('base64');
      const alt = descriptionOf(output);
      return [
        output,
        {
          ...output,
          data: { ...data, [pictureType]: picture },
          metadata: { ...output.metadata, [pictureType]: { alt } },
        },
      ];
    }),
  );
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    ...(cell.outputs && { outputs: cell.outputs.map((output) => pictured.get(output) ?? output) }),
  }));
  return { ...notebook, cells };
}

/** Returns the reasons why a notebook cannot be published, as sentences. */
export function findObstacles(text: string): string[] {
  const obstacles: string[] = [];
  const megabytes = Buffer.byteLength(text) / 1e6;
  if (megabytes > largest) obstacles.push(`It has ${megabytes.toFixed(1)} MB; the limit is ${largest} MB.`);
  // A Dockerfile's mounts name paths inside the container.
  const outside = text.replaceAll(/target=\/[\w./-]+/g, '');
  for (const folder of [projectFolder, homedir()]) {
    const at = outside.indexOf(`${folder}/`);
    if (at >= 0)
      obstacles.push(`It contains a path of this machine: …${outside.slice(Math.max(0, at - 40), at + 60)}…`);
  }
  const [address] = /\b(?!127\.0\.0\.1\b|0\.0\.0\.0\b)\d{1,3}(\.\d{1,3}){3}\b/.exec(text) ?? [];
  if (address) obstacles.push(`It contains a network address: ${address}.`);
  if (!text.includes('synthetic headlines')) obstacles.push('It was not run on the synthetic headlines.');
  return obstacles;
}

async function publish(source: string): Promise<void> {
  const { ipynb } = await runNotebook(source, { folder: join(outputFolder, 'published') });
  const notebook = await withPictures(JSON.parse(await readFile(ipynb, 'utf8')));
  const text = `${JSON.stringify(notebook, null, 1)}\n`;
  const obstacles = findObstacles(text);
  if (obstacles.length > 0) throw new UserError(`Not published. ${obstacles.join(' ')}`);
  await writeWhole(source, text);
  console.log(`Published: ${source} (${(Buffer.byteLength(text) / 1e6).toFixed(1)} MB)`);
}

async function main(): Promise<void> {
  Object.assign(process.env, { HEADLINES: syntheticName, SESSION: 'process' });
  await publish(chooseNotebook(process.argv[2]));
}

if (require.main === module) void runMain(main);
