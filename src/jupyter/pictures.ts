// Draws figures as PNG, for viewers that run no scripts, such as a repository's page of the notebook.
import type { Browser } from 'playwright-core';
import type { Figure } from '../display/figure';
import { withCleanUp } from '../platform/errors';
import { openChromium } from './chromium';

/** Width in pixels of JupyterLab's cells on a small screen. */
const width = 900;

/** Plotly's function in the page. */
interface Drawing {
  newPlot(place: unknown, figure: object): Promise<unknown>;
}

/** Draws each figure in Chromium, on white, because a picture cannot adapt to its page. */
export async function drawPictures(figures: readonly Figure[]): Promise<Buffer[]> {
  const browser = await openChromium();
  return await withCleanUp(
    () => drawAll(browser, figures),
    () => browser.close(),
  );
}

async function drawAll(browser: Browser, figures: readonly Figure[]): Promise<Buffer[]> {
  const page = await browser.newPage({ viewport: { width, height: 1000 } });
  await page.setContent(
    '<!doctype html><body style="margin: 0; background: white"><div id="figure"></div></body>',
  );
  await page.addScriptTag({ path: require.resolve('plotly.js-dist-min/plotly.min.js') });
  const place = page.locator('#figure');
  const pictures: Buffer[] = [];
  for (const { data, layout } of figures) {
    const figure = { data, layout: { ...layout, width }, config: { displayModeBar: false } };
    await place.evaluate(async (element, drawn) => {
      await (globalThis as unknown as { Plotly: Drawing }).Plotly.newPlot(element, drawn);
    }, figure);
    pictures.push(await place.screenshot());
  }
  return pictures;
}
