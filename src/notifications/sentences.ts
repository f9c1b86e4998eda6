import { paths } from '../web/paths.ts'
import type { Language } from '../words/define.ts'
import { translator, type WordArguments } from '../words/index.ts'
import type { NotificationRow } from './list.queries.ts'

/** What is told, in words. Figures that a kind does not know are nought. */
export function sentence(language: Language, { kind, params, first_name, last_name }: Pick<NotificationRow, 'kind' | 'params' | 'first_name' | 'last_name'>): string {
  const t = translator(language)
  const number = (...names: string[]) => Number(names.map((name) => params[name]).find((value) => value !== undefined) ?? 0)
  const words: WordArguments = {
    event: String(params['event'] ?? ''), reason: String(params['reason'] ?? ''), no: number('no'),
    count: number('count', 'recipients', 'messages', 'taken', 'waiting'), yes: number('yes'), noes: number('noes'),
    what: String(params['host'] ?? ''),
    who: [first_name, last_name].filter(Boolean).join(' ') || t('notifications.unknown'),
  }
  return t(`news.${kind}`, words)
}

/** Where the thing is that somebody is told of. */
export function targetOf({ kind, params, campaign_id, candidate_id, person_kind }: NotificationRow): string {
  if (kind === 'import_finished' && params['importId'] !== undefined) return paths.import(Number(params['importId']))
  if (kind === 'webhook_off') return paths.webhook(Number(params['endpointId']))
  if (params['reply'] !== undefined) return paths.reply(Number(params['reply']))
  if (campaign_id !== null) return paths.campaign(campaign_id)
  return candidate_id !== null && person_kind !== null ? paths.person(person_kind, candidate_id) : paths.notifications
}
