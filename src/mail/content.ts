import { open, seal } from '../web/secrets.ts'
import type { Content } from './domain.ts'

const PURPOSE = 'mail'

export function sealContent(secretKey: string, content: Content): string {
  return seal(secretKey, PURPOSE, JSON.stringify(content))
}

/** Undefined when it was sealed with another key: the installation's secret has changed since. */
export function openContent(secretKey: string, sealed: string): Content | undefined {
  const text = open(secretKey, PURPOSE, sealed)
  return text === undefined ? undefined : (JSON.parse(text) as Content)
}

/** What is kept of a mail that has left: everything but where its links lead, and what people were quoted with. */
export function withoutLink(content: Content): Content {
  const parts = content.parts?.map(({ heading, lines }) => ({ heading, lines, quotes: [] }))
  return { ...content, ...(parts ? { parts } : {}), action: content.action && { ...content.action, url: '' } }
}

/** Its link still leads somewhere. */
export function isLive({ action }: Content): boolean {
  return action !== null && action.url !== ''
}

/** Shows where the link is without saying where it leads. */
export function maskLink(content: Content): Content {
  const { action } = content
  return action && isLive(content) ? { ...content, action: { ...action, url: `${new URL(action.url).origin}/…` } } : content
}
