/** The pictures of the demonstration agencies, as SVG: what a small agency's designer would deliver. */
import { lettering } from './lettering.ts'

type Drawing = { width: number; height: number; svg: string }

const NIGHT = '#0c4257'
const DEEP = '#093345'
const MIST = '#14586f'
const AMBER = '#f6b042'
const DAWN = '#e2764c'
const PAPER = '#f3f6f4'
const STEEL = '#7fa7b5'

export function siteHeader(): Drawing {
  return drawing(1600, 500, `
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="${NIGHT}"/><stop offset=".55" stop-color="${NIGHT}"/><stop offset="1" stop-color="#1b7085"/></linearGradient>
    </defs>
    <rect width="1600" height="500" fill="url(#sky)"/>
    <circle cx="1228" cy="262" r="142" fill="${DAWN}"/>
    ${skyline()}
    ${building(1010, 446)}
    ${crane(1318, 446)}
    ${warehouse(1372, 446)}
    <rect y="446" width="1600" height="54" fill="${DEEP}"/>
    <path d="M40 474H1560" stroke="${AMBER}" stroke-width="6" stroke-dasharray="70 46"/>
    ${helmet(92, 150, 1.5)}
    ${lettering('INTERIM', { x: 326, y: 168, height: 92, weight: 19, color: PAPER, spacing: 40 })}
    ${lettering('BTP · LOGISTIQUE', { x: 321, y: 308, height: 38, weight: 8.5, color: AMBER, spacing: 40 })}`)
}

export function siteFooter(): Drawing {
  return drawing(1600, 400, `
    <rect width="1600" height="400" fill="${DEEP}"/>
    <path d="M0 292C260 236 420 306 700 268S1220 226 1600 276V400H0Z" fill="${NIGHT}"/>
    ${lettering('LYON · VILLEURBANNE · VENISSIEUX', { x: 112, y: 84, height: 36, weight: 8, color: PAPER, spacing: 38 })}
    ${truck(112, 330, 1.25)}
    ${forklift(560, 330)}
    ${pallets(800, 330)}
    ${crane(1478, 330, 0.58)}
    <rect y="330" width="1600" height="70" fill="#06222f"/>
    <path d="M40 366H1560" stroke="${AMBER}" stroke-width="6" stroke-dasharray="70 46"/>`)
}

export function plainHeader(): Drawing {
  return drawing(1600, 500, `
    <rect width="1600" height="500" fill="#6d1d3f"/>
    <circle cx="1330" cy="90" r="330" fill="#842a50"/>
    <circle cx="1500" cy="420" r="230" fill="#a34468"/>
    <circle cx="1130" cy="430" r="120" fill="#e7a977"/>
    <circle cx="270" cy="250" r="112" fill="#e7a977"/>
    ${lettering('A', { x: 218, y: 192, height: 108, weight: 21, color: '#561530' })}
    ${lettering('AUTRE', { x: 436, y: 166, height: 74, weight: 15, color: '#f8ece4', spacing: 40 })}
    ${lettering('AGENCE', { x: 436, y: 284, height: 50, weight: 10, color: '#e7a977', spacing: 40 })}`)
}

export function plainFooter(): Drawing {
  return drawing(1600, 400, `
    <rect width="1600" height="400" fill="#561530"/>
    <circle cx="180" cy="420" r="240" fill="#6d1d3f"/>
    <circle cx="400" cy="430" r="140" fill="#e7a977"/>
    <circle cx="1420" cy="-20" r="260" fill="#842a50"/>
    ${lettering('GRENOBLE', { x: 640, y: 176, height: 48, weight: 10, color: '#f8ece4', spacing: 40 })}`)
}

function drawing(width: number, height: number, content: string): Drawing {
  return { width, height, svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>` }
}

/** A safety helmet on an amber tile: the agency's mark. */
function helmet(x: number, y: number, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})">
    <rect width="130" height="130" rx="28" fill="${AMBER}"/>
    <path d="M24 84a41 41 0 0 1 82 0z" fill="${DEEP}"/><rect x="15" y="82" width="100" height="14" rx="7" fill="${DEEP}"/>
    <path d="M56 40q0-8 9-8t9 8v30h-18z" fill="${AMBER}"/><path d="M59 41q0-6 6-6t6 6v29H59z" fill="${PAPER}"/>
  </g>`
}

/** The hill with its basilica, the pencil tower and the spired one: a town people recognise, far away. */
function skyline(): string {
  return `<g fill="${MIST}">
    <path d="M700 446C780 388 860 352 950 356S1120 420 1170 446Z"/>
    <path d="M906 360V328h8v-14l5-9 5 9v14h38v-14l5-9 5 9v14h8v36Z"/>
    <path d="M1096 446V252l17-34 17 34V446Z"/><path d="M1142 446V214l28-16v-56h5v56l11 14V446Z"/>
    <rect x="1196" y="316" width="52" height="130"/><rect x="1256" y="286" width="44" height="160"/>
  </g>`
}

/** Six floors of concrete, half of them still open, behind a scaffold. */
function building(x: number, ground: number): string {
  const floors = [0, 1, 2, 3, 4].map((floor) => {
    const top = ground - 58 - floor * 56
    const bays = [0, 1, 2, 3].map((bay) => {
      const isClosed = floor < 2 || (floor === 2 && bay < 2)
      return `<rect x="${x + 14 + bay * 42}" y="${top + 14}" width="30" height="34" fill="${isClosed ? (floor + bay) % 3 === 0 ? AMBER : STEEL : DEEP}"/>`
    })
    return `<rect x="${x}" y="${top}" width="182" height="58" fill="${floor < 3 ? PAPER : '#c9d6d8'}"/><rect x="${x - 6}" y="${top}" width="194" height="9" fill="#dfe7e6"/>${bays.join('')}`
  })
  const poles = [0, 1, 2, 3].map((pole) => `M${x + 186 + pole * 16} ${ground}V${ground - 300}`).slice(0, 2)
  const planks = [0, 1, 2, 3, 4].map((level) => `M${x + 182} ${ground - 56 * level - 58}h24`)
  const bars = [0, 1, 2, 3].map((bar) => `M${x + 18 + bar * 48} ${ground - 282}v-26`)
  return `${floors.join('')}<path d="${[...poles, ...planks, ...bars].join('')}" stroke="${STEEL}" stroke-width="5" fill="none"/>`
}

function crane(x: number, ground: number, scale = 1): string {
  const mast = Array.from({ length: 14 }, (_, step) => `M${-13} ${-step * 25}L13 ${-step * 25 - 25}M13 ${-step * 25}L-13 ${-step * 25 - 25}`).join('')
  const jib = Array.from({ length: 17 }, (_, step) => `M${-44 - step * 20} -350l-10 -22l-10 22`).join('')
  return `<g transform="translate(${x} ${ground}) scale(${scale})" stroke="${AMBER}" fill="none" stroke-linejoin="round">
    <path d="M-13 0V-360M13 0V-360" stroke-width="6"/><path d="${mast}" stroke-width="3"/>
    <path d="M-388 -350H120M-376 -372H-10" stroke-width="6"/><path d="${jib}" stroke-width="3"/>
    <path d="M0 -424L-220 -372M0 -424L110 -352M0 -424L-14 -360M0 -424L14 -360" stroke-width="4"/>
    <rect x="74" y="-350" width="44" height="40" fill="${PAPER}" stroke="none"/><rect x="12" y="-346" width="30" height="34" rx="4" fill="${PAPER}" stroke="none"/>
    <path d="M-190 -350V-246" stroke="${PAPER}" stroke-width="3"/><path d="M-224 -224L-190 -246L-156 -224" stroke="${PAPER}" stroke-width="3"/>
    <rect x="-238" y="-224" width="96" height="12" fill="${PAPER}" stroke="none"/>
  </g>`
}

function warehouse(x: number, ground: number): string {
  const teeth = ['', '', ''].map(() => 'l0 -34 l72 34').join('')
  const doors = [0, 1].map((door) => `<rect x="${x + 22 + door * 62}" y="${ground - 64}" width="46" height="64" fill="${door === 0 ? AMBER : STEEL}"/>`)
  return `<path d="M${x} ${ground}V${ground - 112}${teeth}V${ground}Z" fill="${PAPER}"/><rect x="${x}" y="${ground - 112}" width="230" height="10" fill="#c9d6d8"/>${doors.join('')}
    <path d="M${x + 22} ${ground - 48}h46M${x + 22} ${ground - 32}h46M${x + 22} ${ground - 16}h46" stroke="#c98a22" stroke-width="3"/>${truck(x + 34, ground, 0.72)}`
}

function truck(x: number, ground: number, scale: number): string {
  return `<g transform="translate(${x} ${ground}) scale(${scale})">
    <rect y="-118" width="182" height="98" rx="4" fill="#fff"/><rect y="-62" width="182" height="12" fill="${AMBER}"/>
    <path d="M188 -20V-96H222Q232 -96 237 -86L254 -54V-20Z" fill="${AMBER}"/><path d="M206 -84H222L236 -56H206Z" fill="${DEEP}"/>
    <rect x="-4" y="-22" width="262" height="8" fill="#06222f"/>
    ${[34, 74, 222].map((wheel) => `<circle cx="${wheel}" cy="-14" r="16" fill="#06222f"/><circle cx="${wheel}" cy="-14" r="6" fill="${STEEL}"/>`).join('')}
  </g>`
}

function forklift(x: number, ground: number): string {
  return `<g transform="translate(${x} ${ground})">
    <path d="M14 -20V-56H52L62 -112H104L116 -20Z" fill="${AMBER}"/><path d="M68 -104H98L102 -60H62Z" fill="${DEEP}"/>
    <path d="M126 -132V-8M138 -132V-8" stroke="${PAPER}" stroke-width="6"/><path d="M138 -12H196" stroke="${PAPER}" stroke-width="7"/>
    <rect x="146" y="-62" width="46" height="44" fill="#c98a5a"/><path d="M169 -62V-18" stroke="#a56c3f" stroke-width="6"/>
    <circle cx="36" cy="-15" r="17" fill="#06222f"/><circle cx="36" cy="-15" r="6" fill="${STEEL}"/><circle cx="100" cy="-15" r="17" fill="#06222f"/><circle cx="100" cy="-15" r="6" fill="${STEEL}"/>
  </g>`
}

function pallets(x: number, ground: number): string {
  const boxes = [[0, 0], [52, 0], [104, 0], [26, 1], [78, 1], [52, 2]].map(([left = 0, row = 0]) => `<rect x="${x + left}" y="${ground - 62 - row * 46}" width="46" height="42" rx="3" fill="${(left + row) % 4 === 0 ? '#c98a5a' : '#b77a4b'}"/><path d="M${x + left + 23} ${ground - 62 - row * 46}v14" stroke="#8a5730" stroke-width="6"/>`)
  return `${boxes.join('')}<path d="M${x - 4} ${ground - 16}h158M${x - 4} ${ground - 4}h158M${x + 4} ${ground - 16}v12M${x + 74} ${ground - 16}v12M${x + 144} ${ground - 16}v12" stroke="#8a5730" stroke-width="6"/>`
}
