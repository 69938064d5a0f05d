/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logarithmic?: boolean;
}

const size = { width: 720, height: 380 };
const room = { left: 70, right: 190, top: 44, bottom: 52 };
const colors = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#475569', '#0891b2', '#be185d'];

/** Points joined by lines. */
export function lineChart({ title, x, y, logarithmic = false }: Axes, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points);
  const scaleX = scaleOf(
    points.map(([value]) => value),
    [room.left, size.width - room.right],
    logarithmic,
  );
  const scaleY = scaleOf(
    points.map(([, value]) => value),
    [size.height - room.bottom, room.top],
    logarithmic,
  );
  const lines = series.map(({ name, points: own }, at) => {
    const color = colors[at % colors.length];
    const places = own.map(([one, other]) => `${scaleX.at(one)},${scaleY.at(other)}`);
    const dots = places.map((place) => {
      const [cx, cy] = place.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`;
    });
    const legend = `<text x="${size.width - room.right + 14}" y="${room.top + 14 + at * 18}" fill="${color}">${escaped(name)}</text>`;
    return `<polyline points="${places.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}${legend}`;
  });
  return frame(title, [...axes({ x, y, scaleX, scaleY }), ...lines]);
}

/** One bar for each name. */
export function barChart(
  { title, y }: Pick<Axes, 'title' | 'y'>,
  bars: readonly (readonly [string, number])[],
): string {
  const most = Math.max(...bars.map(([, value]) => value));
  const width = (size.width - room.left - 20) / bars.length;
  const height = size.height - room.top - room.bottom - 30;
  const drawn = bars.map(([name, value], at) => {
    const tall = (value / most) * height;
    const left = room.left + at * width;
    const top = room.top + height - tall;
    const middle = left + width * 0.4;
    return [
      `<rect x="${round(left)}" y="${round(top)}" width="${round(width * 0.8)}" height="${round(tall)}" fill="${colors[at % colors.length]}"/>`,
      `<text x="${round(middle)}" y="${round(top - 5)}" text-anchor="middle">${value.toFixed(2)}</text>`,
      ...name
        .split(' ')
        .map(
          (word, line) =>
            `<text x="${round(middle)}" y="${room.top + height + 16 + line * 14}" text-anchor="middle">${escaped(word)}</text>`,
        ),
    ].join('');
  });
  return frame(title, [
    `<text x="16" y="${room.top + height / 2}" transform="rotate(-90 16 ${room.top + height / 2})" text-anchor="middle">${escaped(y)}</text>`,
    ...drawn,
  ]);
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scaleOf(values: readonly number[], [from, to]: readonly [number, number], logarithmic: boolean): Scale {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (logarithmic) {
    const low = Math.floor(Math.log10(Math.max(least, 1e-6)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
    const at = (value: number) =>
      round(from + ((Math.log10(Math.max(value, 1e-6)) - low) / (high - low)) * (to - from));
    return { at, ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) };
  }
  const span = most - least || 1;
  const step =
    [1, 2, 5, 10].map((each) => each * 10 ** Math.floor(Math.log10(span / 4))).find((each) => span / each <= 6) ?? span;
  const low = Math.floor(least / step) * step;
  const high = Math.ceil(most / step) * step;
  const at = (value: number) => round(from + ((value - low) / (high - low)) * (to - from));
  return { at, ticks: Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step) };
}

function axes({ x, y, scaleX, scaleY }: { x: string; y: string; scaleX: Scale; scaleY: Scale }): string[] {
  const [left, right] = [room.left, size.width - room.right];
  const bottom = size.height - room.bottom;
  const middle = (room.top + bottom) / 2;
  return [
    ...scaleY.ticks.map(
      (tick) =>
        `<line x1="${left}" y1="${scaleY.at(tick)}" x2="${right}" y2="${scaleY.at(tick)}" stroke="#e2e8f0"/><text x="${left - 8}" y="${scaleY.at(tick) + 4}" text-anchor="end">${short(tick)}</text>`,
    ),
    ...scaleX.ticks.map(
      (tick) => `<text x="${scaleX.at(tick)}" y="${bottom + 18}" text-anchor="middle">${short(tick)}</text>`,
    ),
    `<text x="${(left + right) / 2}" y="${size.height - 10}" text-anchor="middle">${escaped(x)}</text>`,
    `<text x="16" y="${middle}" transform="rotate(-90 16 ${middle})" text-anchor="middle">${escaped(y)}</text>`,
  ];
}

function frame(title: string, parts: readonly string[]): string {
  const { width, height } = size;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${room.left}" y="24" font-size="15">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(1))} M`;
  if (value >= 1e3) return `${Number((value / 1e3).toFixed(1))} k`;
  return String(Number(value.toPrecision(3)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
