import type { ReadingRow } from '../candidates/readings.queries.ts'
import { moment, nameOf, phoneText, readerOf, smsState } from '../candidates/views.ts'
import { shownText } from '../sms/shown.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Namesake, ReplyRow, Utterance } from './queries.ts'
import { replyModel, whoOf, type ReplyModel } from './views.ts'

/** All that went to and came from a number, the oldest of a page first, and whose it may be. */
export type ConversationModel = {
  crumbs: { label: string; href: string }[]
  reply: ReplyModel
  phone: { sender: string; label: string; bubbles: { text: string; time: string; note: string; isOwn: boolean }[] }
  /** Reads itself again with the person's news; not while somebody looks at older ones. */
  live: { url: string; topic: string } | undefined
  olderUrl: string | undefined
  newestUrl: string | undefined
  people: { id: number; name: string; detail: string; href: string | undefined; isChosen: boolean; note: string }[]
  person: { action: string; searchUrl: string; q: string; empty: string; error: string; addNumber: { label: string; hint: string; isChecked: boolean } } | undefined
  newPersonUrl: string | undefined
  optOut: { action: string; label: string; text: string } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'replies/show': ConversationModel
  }
}

export const UTTERANCES_PER_PAGE = 40
export const PEOPLE_SHOWN = 20

export type ConversationGiven = { row: ReplyRow; readings: readonly ReadingRow[]; said: Utterance[]; before: number | undefined; people: Namesake[]; q: string; error?: string }

export function conversationModel(viewer: Viewer, { row, readings, said, before, people, q, error = '' }: ConversationGiven, now: Date = new Date()): ConversationModel {
  const reader = readerOf(viewer, now)
  const { t } = reader
  const shown = said.slice(0, UTTERANCES_PER_PAGE)
  const mayEdit = viewer.privileges.has('candidates.edit')
  const alone = replyModel(viewer, reader, row, readings, now)
  const mayView = viewer.privileges.has('candidates.view')
  return {
    crumbs: [{ label: t('replies.title'), href: paths.replies }],
    // Its own text stands there in full.
    reply: { ...alone, text: shownText(row.body) || alone.text, isCut: false },
    phone: {
      sender: whoOf(reader, row), label: t('replies.conversation'),
      bubbles: shown.toReversed().map((one) => ({
        text: shownText(one.body) || t(one.body === '' ? 'replies.noText' : 'replies.nothingToSee'), isOwn: one.is_ours, time: moment(reader, one.at).text,
        note: one.is_ours ? [purposeText(one), smsState(t, one.state).text, one.who].filter(Boolean).join(' · ') : one.is_complete ? '' : t('replies.pill.incomplete', { count: 0 }),
      })),
    },
    live: before === undefined ? { url: paths.reply(row.id), topic: row.candidate_id === null ? 'replies' : `replies candidate:${row.candidate_id}` } : undefined,
    olderUrl: said.length > UTTERANCES_PER_PAGE ? `${paths.reply(row.id)}?before=${shown.at(-1)!.key}` : undefined,
    newestUrl: before === undefined ? undefined : paths.reply(row.id),
    people: people.map((one) => ({
      id: one.id, name: nameOf(t, one), detail: [one.trade, one.town].filter(Boolean).join(' · '), href: mayView ? paths.person(one.kind, one.id) : undefined, isChosen: one.id === row.candidate_id,
      note: one.has_number ? t('replies.person.hasNumber') : '',
    })),
    person: mayEdit
      ? {
          action: paths.replyStep(row.id, 'person'), searchUrl: paths.reply(row.id), q, empty: t(q === '' ? 'replies.person.none' : 'replies.person.notFound'), error,
          // A number that nobody has is most likely theirs; one that somebody has is more often shared or lent.
          addNumber: { label: t('replies.person.addBox', { phone: phoneText(reader, row.e164, null) }), hint: t('replies.person.addHint'), isChecked: row.candidate_id === null && row.others === 0 },
        }
      : undefined,
    newPersonUrl: mayEdit && row.candidate_id === null ? paths.newPerson('candidate') : undefined,
    optOut: mayEdit && row.opted_out_at === null && row.review !== 'waiting' ? { action: paths.replyStep(row.id, 'opt-out'), label: t('replies.optOut.action'), text: t('replies.optOut.text', { phone: phoneText(reader, row.e164, null) }) } : undefined,
  }

  function purposeText({ purpose }: Utterance): string {
    return purpose === 'auto_response' ? t('replies.purpose.auto_response') : purpose === 'confirmation' ? t('replies.purpose.confirmation') : ''
  }
}
