/** How a text from outside stands on a page: as it was written, but harmless to what stands around it. Pure. */

/** Longer ones open on a click, or on their own page. */
const SHOWN = 1_000
/** A letter carries at most so many marks; more pile up over the lines above. */
const MARKS = /(\p{Mark}{3})\p{Mark}+/gu
/** What turns the direction of the text around it, hides in it, or is no character at all. */
const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff\u00ad\u2060-\u2064\ufff9-\ufffb]|[^\P{Cc}\n\t]|[\p{Co}\p{Cn}]/gu

/** All of it. */
export function shownText(body: string): string {
  return body.replace(/\r\n?/g, '\n').replace(HIDDEN, '').replace(MARKS, '$1').replace(/\n{3,}/g, '\n\n').trim()
}

/** Its beginning, where many stand below each other; `isCut` says that there is more. */
export function shownStart(body: string, most = SHOWN): { text: string; isCut: boolean } {
  // No letter of several code units is cut in two.
  const text = shownText(body.slice(0, 4 * most))
  const isCut = text.length > most || body.length > 4 * most
  return { text: isCut ? `${text.slice(0, most).toWellFormed().replace(/\ufffd$/, '')}…` : text, isCut }
}
