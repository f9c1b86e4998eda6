/** What a text needs before it may go out: the personal link and the words that stop it. Pure. */
import { normaliseText, parseTemplate, type MergeTemplate } from './merge.ts'

export type Completed = { template: MergeTemplate; added: { link: boolean; stop: boolean } }

/**
 * The text as it will be merged. A missing link is added on a line of its own before the STOP line (S81), a missing STOP line
 * at the end when the sender has one. An empty text stays empty.
 */
export function completeText(body: string, sender: { stopText: string }): Completed {
  const text = normaliseText(body)
  if (text === '') return { template: parseTemplate(''), added: { link: false, stop: false } }
  const { fields } = parseTemplate(text)
  const stopWords = fold(sender.stopText)
  const hasStop = fields.has('stop') || stopWords === '' || fold(text).includes(stopWords)
  const added = { link: !fields.has('link'), stop: !hasStop }
  const lines = text.split('\n')
  if (added.stop) lines.push('{stop}')
  if (added.link) {
    const last = lines.at(-1)!
    const isStopLine = parseTemplate(last).fields.has('stop') || (stopWords !== '' && fold(last).endsWith(stopWords))
    // A STOP written in the middle of the last sentence is not a line of its own: the link then follows it.
    const standsAlone = isStopLine && lines.length > 1
    lines.splice(standsAlone ? lines.length - 1 : lines.length, 0, '{link}')
  }
  return { template: parseTemplate(lines.join('\n')), added }
}

export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()
}
