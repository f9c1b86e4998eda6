/** What an SMS costs and which characters make it expensive. Pure; 25,000 messages take well under 0.2 s. */
import anyAscii from 'any-ascii'

export type SmsEncoding = 'gsm7' | 'ucs2'
export type SmsMeasure = {
  encoding: SmsEncoding
  /** Septets in GSM-7 (an extension character counts 2), UTF-16 code units in UCS-2. */
  units: number
  /** Billed parts; 0 for an empty text, which no provider accepts. */
  segments: number
  /** Room in each part at this length: 160 or 153, 70 or 67. */
  perSegment: number
  /** Distinct characters outside GSM-7, in order of appearance; each one turns the whole message into UCS-2. */
  costly: string[]
}

// 3GPP TS 23.038 §6.2.1: the default alphabet without ESC, then the extension table reached through ESC.
const BASIC = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const EXTENSION = '\f^{}\\[~]|€'

// 140 octets of user data, 134 once the concatenation header takes its six (3GPP TS 23.040 §9.2.3.24.1).
const LIMITS = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const

/** Septets per UTF-16 code unit, 0 = outside GSM-7. The highest member is € (U+20AC). */
const SEPTETS = new Uint8Array(0x20ad)
for (const character of BASIC) SEPTETS[character.charCodeAt(0)] = 1
for (const character of EXTENSION) SEPTETS[character.charCodeAt(0)] = 2

/** Billed parts of `text`: GSM-7 160/153 septets, else UCS-2 70/67 units; an escape or surrogate pair never straddles two parts. 3GPP TS 23.038, 23.040. */
export function measureSms(text: string): SmsMeasure {
  const septets = countSeptets(text)
  const encoding: SmsEncoding = septets === undefined ? 'ucs2' : 'gsm7'
  const units = septets ?? text.length
  const { single, part } = LIMITS[encoding]
  if (units <= single) return { encoding, units, segments: units === 0 ? 0 : 1, perSegment: single, costly: encoding === 'ucs2' ? costlyCharacters(text) : [] }
  return encoding === 'gsm7'
    ? { encoding, units, segments: countParts(text, part, (i) => SEPTETS[text.charCodeAt(i)]!), perSegment: part, costly: [] }
    : { encoding, units, segments: countParts(text, part, (i) => surrogateLength(text, i)), perSegment: part, costly: costlyCharacters(text) }
}

/** True when every character of `text` is in GSM-7. */
export function isGsm7(text: string): boolean {
  return countSeptets(text) !== undefined
}

function countSeptets(text: string): number | undefined {
  let total = 0
  for (let i = 0; i < text.length; i++) {
    const cost = SEPTETS[text.charCodeAt(i)]
    if (!cost) return undefined
    total += cost
  }
  return total
}

/** Greedy filling, as phones reassemble it; `sizeAt` gives the indivisible size of what starts at an index. */
function countParts(text: string, room: number, sizeAt: (index: number) => number): number {
  const stepIsSize = !isGsm7(text)
  let parts = 1
  let used = 0
  for (let i = 0; i < text.length; ) {
    const size = sizeAt(i)
    if (used + size > room) {
      parts++
      used = 0
    }
    used += size
    i += stepIsSize ? size : 1
  }
  return parts
}

function surrogateLength(text: string, index: number): 1 | 2 {
  return text.codePointAt(index)! > 0xffff ? 2 : 1
}

const JOINS_PREVIOUS = /[\p{Mark}\p{Emoji_Modifier}\u200d]/u

/** What a person would call the offending characters: an accent stays with its letter, a joined emoji stays whole. */
function costlyCharacters(text: string): string[] {
  const found = new Set<string>()
  let cluster = ''
  const close = () => {
    if (cluster !== '' && !isGsm7(cluster)) found.add(cluster)
    cluster = ''
  }
  for (const character of text) {
    const joins = cluster !== '' && character > '\u007f' && (cluster.endsWith('\u200d') || JOINS_PREVIOUS.test(character))
    if (!joins) close()
    cluster += character
  }
  close()
  return [...found]
}

/** Better than any-ascii's own choice for SMS: « would become <<, ° would become deg, · would become -. */
const PREFERRED: Record<string, string> = {
  '«': '"', '»': '"', '“': '"', '”': '"', '„': '"', '‟': '"', '″': '"', '‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '`': "'", '´': "'", '‹': "'", '›': "'",
  '–': '-', '—': '-', '―': '-', '−': '-', '•': '-', '·': '-', '…': '...', '°': 'o', 'º': 'o', 'ª': 'a', '×': 'x', '©': '(c)', '®': '(r)', '™': 'TM', '\t': ' ',
}

const EMOJI = /(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier})[\ufe0f\u200d\p{Emoji_Modifier}\p{Extended_Pictographic}\p{Regional_Indicator}]*/gu

/** The same text within GSM-7: only characters outside it are replaced (é stays, ê becomes e); emoji are dropped with the space before them. */
export function toGsm7(text: string): string {
  if (isGsm7(text)) return text
  const spelled = Array.from(text.normalize('NFC'), (character) => PREFERRED[character] ?? character).join('')
  const withoutEmoji = spelled.replace(EMOJI, '\u200d').replace(/^\u200d+ ?| ?\u200d+/g, '')
  return Array.from(withoutEmoji, toGsm7Character).join('')
}

function toGsm7Character(character: string): string {
  if (isGsm7(character)) return character
  const ascii = PREFERRED[character] ?? anyAscii(character.toWellFormed())
  return isGsm7(ascii) ? ascii : Array.from(ascii, (part) => (isGsm7(part) ? part : "'")).join('')
}
