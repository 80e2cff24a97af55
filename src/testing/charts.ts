// Checks in the browser that a drawn chart is readable: marks, titles, sizes, contrast. Used by tests only.
import type { Locator } from 'playwright-core';

/** Returns the defects of a chart that Plotly has drawn, one sentence each. */
export async function findDefects(chart: Locator): Promise<string[]> {
  return await chart.evaluate((element) => {
    // Runs in the browser, so it can use only this function's own code.
    const root = element as unknown as Drawn;
    const defects: string[] = [];
    const marks = root.querySelectorAll(
      '.point, .points path, .js-line, .hm image, .heatmaplayer image, .textpoint',
    );
    if (marks.length === 0) defects.push('it has no marks');
    if (root.querySelectorAll('.gtitle').length !== 1) defects.push('it has no title');
    const frame = root.getBoundingClientRect();
    if (frame.width < 300 || frame.height < 150) {
      defects.push(`it is ${frame.width} pixels wide and ${frame.height} pixels high`);
    }
    // A chart's own background is that of its drawing.
    const background = backgroundOf(root.querySelectorAll('.main-svg')[0] ?? root);
    for (const text of root.querySelectorAll('text')) {
      const words = text.textContent ?? '';
      const box = text.getBoundingClientRect();
      if (words.trim() === '' || box.width === 0) continue;
      const style = getStyle(text);
      const size = Number.parseFloat(style.fontSize);
      if (size < 10) defects.push(`“${words}” is ${size} pixels high`);
      if (box.left < frame.left - 2 || box.right > frame.right + 2) defects.push(`“${words}” is cut off`);
      // White on a mark is not on the page.
      const onMark =
        style.fill === 'rgb(255, 255, 255)' || text.closest('.bars, .textpoint, .trace') !== null;
      const contrast = contrastOf(coloursOf(style.fill), background);
      if (!onMark && contrast < 4.5) defects.push(`“${words}” has a contrast of ${contrast.toFixed(1)}`);
    }
    return defects;

    interface Drawn {
      querySelectorAll(selector: string): Drawn[] & Iterable<Drawn>;
      closest(selector: string): Drawn | null;
      getBoundingClientRect(): { left: number; right: number; width: number; height: number };
      readonly parentElement: Drawn | null;
      readonly textContent: string | null;
    }

    function getStyle(of: Drawn): { fontSize: string; fill: string; backgroundColor: string } {
      return (globalThis as unknown as { getComputedStyle(of: Drawn): never }).getComputedStyle(of);
    }

    function coloursOf(colour: string): number[] {
      return (colour.match(/[\d.]+/g) ?? []).map(Number);
    }

    function backgroundOf(of: Drawn): number[] {
      for (let one: Drawn | null = of; one; one = one.parentElement) {
        const [red = 0, green = 0, blue = 0, opacity = 1] = coloursOf(getStyle(one).backgroundColor);
        if (opacity > 0) return [red, green, blue];
      }
      return [255, 255, 255];
    }

    /** WCAG 2's contrast ratio. */
    function contrastOf(one: readonly number[], other: readonly number[]): number {
      const [light = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    }

    function luminanceOf(colour: readonly number[]): number {
      const [red = 0, green = 0, blue = 0] = colour.map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }
  });
}
