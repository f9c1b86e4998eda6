export type Time = { p50: number; p95: number }
/** What one size came to, in milliseconds, and where. */
export type Growth = { people: number; campaigns: number; recipients: number; at: string; cores: number; processor: string; memory: number; pages: Record<string, Time>; jobs: Record<string, Time> }

const COLUMNS = 4
const CELL = { width: 250, height: 132 }
const PLOT = { left: 34, top: 30, width: 196, height: 70 }
const MARGIN = 24
const HEAD = 86

/** One small chart for each page and job: sizes to the right, each ten times the one before; milliseconds upwards, from nothing. */
export function drawGrowth(sizes: readonly Growth[]): string {
  const series = (['pages', 'jobs'] as const).flatMap((kind) => Object.keys(sizes.at(-1)![kind]).map((name) => ({ name, points: sizes.flatMap((size) => (size[kind][name] ? [{ people: size.people, ...size[kind][name] }] : [])) })))
  const rows = Math.ceil(series.length / COLUMNS)
  const [width, height] = [COLUMNS * CELL.width + 2 * MARGIN, HEAD + rows * CELL.height + MARGIN]
  const { cores, processor, at } = sizes.at(-1)!
  const told = sizes.map(({ people, campaigns, recipients }) => `${short(people)} people, ${short(campaigns)} campaigns, ${short(recipients)} recipients`).join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">
<title>How long pages and jobs take as the agency grows</title>
<style>
  .ground { fill: #fff } text { fill: #1d2733 } .faint { fill: #5b6673 } .axis { stroke: #c5ccd3 } .median { stroke: #0b5d4e; fill: none; stroke-width: 2 } .dot { fill: #0b5d4e } .slow { stroke: #b4541a; fill: none; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { .ground { fill: #14191f } text { fill: #e6ebf0 } .faint { fill: #a3aeb9 } .axis { stroke: #3b4550 } .median { stroke: #4cc3a8 } .dot { fill: #4cc3a8 } .slow { stroke: #f0a26b } }
</style>
<rect class="ground" width="100%" height="100%"/>
<text x="${MARGIN}" y="32" font-size="18" font-weight="600">How long pages and jobs take as the agency grows</text>
<text x="${MARGIN}" y="52" class="faint">Milliseconds: the median, and dashed the 95th of a hundred. ${escape(told)}.</text>
<text x="${MARGIN}" y="68" class="faint">Measured on ${at}, ${cores} cores (${escape(processor.trim())}), program and database on the same machine.</text>
${series.map((one, n) => chart(one, MARGIN + (n % COLUMNS) * CELL.width, HEAD + Math.floor(n / COLUMNS) * CELL.height)).join('\n')}
</svg>
`
}

type Point = Time & { people: number }

function chart({ name, points }: { name: string; points: readonly Point[] }, left: number, top: number): string {
  const least = Math.log10(points[0]!.people)
  const most = Math.max(least + 0.001, Math.log10(points.at(-1)!.people))
  const highest = ceiling(Math.max(...points.map(({ p95 }) => p95)))
  const x = (people: number) => Math.round((PLOT.left + ((Math.log10(people) - least) / (most - least)) * PLOT.width) * 10) / 10
  const y = (ms: number) => Math.round((PLOT.top + PLOT.height - (ms / highest) * PLOT.height) * 10) / 10
  const line = (kind: string, pick: (point: Point) => number) => `<polyline class="${kind}" points="${points.map((point) => `${x(point.people)},${y(pick(point))}`).join(' ')}"/>`
  return `<g transform="translate(${left} ${top})"><text x="${PLOT.left}" y="16" font-weight="600">${escape(name)}</text>
<line class="axis" x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y(0)}" y2="${y(0)}"/><line class="axis" x1="${PLOT.left}" x2="${PLOT.left}" y1="${PLOT.top}" y2="${y(0)}"/>
<text x="${PLOT.left - 4}" y="${PLOT.top + 4}" text-anchor="end" class="faint">${highest}</text><text x="${PLOT.left - 4}" y="${y(0)}" text-anchor="end" class="faint">0</text>
${line('slow', ({ p95 }) => p95)}${line('median', ({ p50 }) => p50)}${points.map((point) => `<circle class="dot" cx="${x(point.people)}" cy="${y(point.p50)}" r="2.5"/><text x="${x(point.people)}" y="${y(0) + 13}" text-anchor="middle" class="faint">${short(point.people)}</text><text x="${x(point.people)}" y="${Math.max(PLOT.top - 2, y(point.p50) - 6)}" text-anchor="middle">${point.p50}</text>`).join('')}</g>`
}

/** The next of 1, 2, 5, 10, 20, … */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value
}

function short(count: number): string {
  if (count >= 1e6) return `${Math.round(count / 1e5) / 10} M`
  return count >= 1e3 ? `${Math.round(count / 100) / 10} k` : String(count)
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
