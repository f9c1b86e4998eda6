import { createHash } from 'node:crypto'
import path from 'node:path'
import { Eta } from 'eta'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import type { Content, Part } from './domain.ts'

export type LetterModel = {
  language: Language
  subject: string
  senderName: string
  paragraphs: readonly string[]
  action: { label: string; url: string } | undefined
  /** Where the link stood before the mail left. */
  forgotten: string
  copyHint: string
  parts: readonly Part[]
  closing: readonly string[]
  foot: string
  css: string
}

const eta = new Eta({ views: path.resolve(import.meta.dirname, '../../views'), autoEscape: true, autoTrim: [false, 'nl'], cache: process.execArgv.every((argument) => !argument.startsWith('--watch')) })

/**
 * The one style of all mails. The layout also holds without it, since some readers drop it: widths and colours stand in old
 * attributes. No character that a template would escape.
 */
const CSS = [
  'body{margin:0;background:#f6f6f3;font-family:Arial,Helvetica,sans-serif}',
  '.sheet{max-width:560px;margin:0 auto}',
  '.card{border-radius:10px}',
  'p{margin:0 0 16px;font-size:16px;line-height:1.5}',
  '.call{margin:0 0 20px}',
  '.button{border-radius:8px}',
  '.button a{display:inline-block;padding:14px 24px;text-decoration:none}',
  '.small,.small p{font-size:13px;line-height:1.45;overflow-wrap:anywhere}',
  '@media(prefers-color-scheme:dark){body,.page{background:#131519}.card{background:#1b1e24}.card p,.card a,.name{color:#e9ebef}.small font{color:#a6aebb}.button{background:#a5b4ff}.button a,.button font{color:#141a3d}}',
].join('')

/** Nothing but this style may be used by a mail that is shown on a page; no script, no picture, no address. */
export const LETTER_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(CSS).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox`

type Given = { language: Language; subject: string; senderName: string; content: Content }

/** The same words as HTML and as plain text. Nothing is fetched, nothing is counted. */
export function writeLetter(given: Given): { html: string; text: string } {
  const model = letterModel(given)
  return { html: eta.render('/mail/letter', model), text: textOf(model) }
}

function letterModel({ language, subject, senderName, content }: Given): LetterModel {
  const t = translator(language)
  const { action } = content
  return {
    language, subject, senderName,
    paragraphs: content.paragraphs,
    action: action && action.url !== '' ? action : undefined,
    forgotten: action && action.url === '' ? t('mail.letter.forgotten', { label: action.label }) : '',
    copyHint: t('mail.letter.copy'),
    // Mails stored before there were parts have none.
    parts: content.parts ?? [],
    closing: content.closing,
    foot: t('mail.letter.foot', { sender: senderName }),
    css: CSS,
  }
}

function textOf({ paragraphs, action, forgotten, parts, closing, foot }: LetterModel): string {
  const link = action ? [`${action.label}\n${action.url}`] : forgotten ? [forgotten] : []
  return `${[...paragraphs, ...link, ...parts.map(partText), ...closing, `-- \n${foot}`].join('\n\n')}\n`
}

function partText({ heading, lines, quotes, action }: Part): string {
  return [heading, '-'.repeat(Math.min(heading.length, 40)), ...lines, ...quotes.map((quote) => `> ${quote.replaceAll('\n', '\n> ')}`), ...(action ? [action.label, action.url] : [])].join('\n')
}
