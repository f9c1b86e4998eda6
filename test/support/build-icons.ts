// Writes public/icons.svg from lucide's files: `node test/support/build-icons.ts`.
// The pages draw an icon with views/shared/_icon.eta; add its lucide name here first.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ICONS = `
  archive arrow-down arrow-left arrow-right arrow-up arrow-up-down badge-check ban bell bookmark building-2
  calendar-check calendar-clock calendar-days calendar-x chart-column check chevron-down chevron-left chevron-right chevron-up
  circle circle-alert circle-check circle-pause circle-play circle-question-mark circle-slash circle-x clock copy
  download ellipsis external-link eye file-check file-spreadsheet file-text file-up folder globe history hourglass image inbox info
  key-round keyboard languages link list list-filter lock log-in log-out mail map-pin menu message-square message-square-off
  message-square-reply message-square-text minus moon octagon-x pause pencil phone phone-off play plus refresh-cw reply rotate-ccw save
  search search-x send settings shield sliders-horizontal smartphone star sun tag trash-2 triangle-alert undo-2 upload
  user user-plus user-x users x
`.trim().split(/\s+/)

const source = fileURLToPath(new URL('../../node_modules/lucide-static/icons/', import.meta.url))
const target = fileURLToPath(new URL('../../public/icons.svg', import.meta.url))

function symbol(name: string): string {
  const file = readFileSync(`${source}${name}.svg`, 'utf8')
  const shapes = file.replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s*\n\s*/g, '').replaceAll(' />', '/>')
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`
}

const notice = '<!-- Lucide, ISC licence, https://lucide.dev -->'
writeFileSync(target, `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${[...new Set(ICONS)].sort().map(symbol).join('\n')}\n</svg>\n`)
