import ical, { ICalEventTransparency } from 'ical-generator'
import { DateTime } from 'luxon'
import type { Reader } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import { translator } from '../words/index.ts'
import { moment } from '../candidates/views.ts'
import { feedDays, MOST_EVENTS, REFRESH_SECONDS } from './feeds.domain.ts'
import type { Feed, FeedPerson, LiveFeed } from './feeds.queries.ts'

/** Seconds since then number the states of an event: a later one replaces an earlier one (RFC 5545, 3.8.7.4). */
const FIRST_STATE = Date.UTC(2026, 0, 1)

/** The calendar as programs read it. Names are shortened and no number stands in it: calendars are kept and shown elsewhere. */
export function calendarText(feed: LiveFeed, people: readonly FeedPerson[], appUrl: string): string {
  const t = translator(feed.language)
  const host = new URL(appUrl).host
  const isCut = people.length > MOST_EVENTS
  const calendar = ical({
    name: feed.kind === 'branch' ? t('feeds.calendar.branch', { company: feed.company_name, branch: feed.branch_name ?? '' }) : t('feeds.calendar.mine', { company: feed.company_name, user: feed.user_name }),
    description: isCut ? t('feeds.calendar.cut', { most: MOST_EVENTS }) : t('feeds.calendar.about'),
    prodId: { company: 'Dispo', product: 'availability', language: feed.language.toUpperCase() }, ttl: REFRESH_SECONDS,
  })
  for (const person of people.slice(0, MOST_EVENTS)) {
    const days = feedDays({ from: person.available_from, until: person.available_until, saidOn: person.said_on })
    if (!days) continue
    calendar.createEvent({
      // One for each person, whose days may change.
      id: `availability-${person.id}@${host}`, sequence: Math.max(0, Math.floor((person.changed_at.getTime() - FIRST_STATE) / 1000)),
      start: dayOf(days.from), end: dayOf(days.until), allDay: true, stamp: person.changed_at, lastModified: person.changed_at, transparency: ICalEventTransparency.TRANSPARENT,
      summary: t(days.isOpenEnd ? 'feeds.event.open' : 'feeds.event.days', { who: shortName(person) || t('feeds.event.somebody', { id: String(person.id) }) }),
      description: [person.trade, person.town].filter(Boolean).join(' · ') || null, url: appUrl + paths.candidate(person.id),
    })
  }
  return calendar.toString()
}

/** « Léa M. » */
function shortName({ first_name: first, last_name: last }: FeedPerson): string {
  return [first, last ? `${[...last][0]!.toUpperCase()}.` : ''].filter(Boolean).join(' ')
}

function dayOf(date: string): DateTime {
  return DateTime.fromISO(date, { zone: 'utc' })
}

type FeedRow = { what: string; who: string; made: string; read: string; revoke: { action: string; hiddenLabel: string } }

export type FeedsModel = {
  crumbs: { label: string; href: string }[]
  intro: string
  /** Shown once, on the page that follows the button. */
  fresh: { url: string; label: string; hint: string } | undefined
  create: { action: string; field: { name: string; label: string; type: 'select'; value: string; hint: string; error?: string; options: { value: string; label: string }[] } }
  rows: FeedRow[]
  /** Whoever manages people sees whose they are. */
  showsOwners: boolean
  errors: { field: string; text: string }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'board/feeds': FeedsModel
  }
}

export function feedsModel(reader: Reader, given: { feeds: readonly Feed[]; branches: readonly { id: number; name: string }[]; showsOwners: boolean; freshUrl?: string; typed?: string; error?: string }): FeedsModel {
  const { t } = reader
  const { feeds, branches, showsOwners, freshUrl, typed = '', error } = given
  const what = (feed: Feed) => (feed.kind === 'branch' ? t('feeds.of.branch', { branch: feed.branch_name ?? '?' }) : t('feeds.of.mine'))
  return {
    crumbs: [{ label: t('board.title'), href: paths.board }], intro: t('feeds.intro'), showsOwners,
    fresh: freshUrl === undefined ? undefined : { url: freshUrl, label: t('feeds.fresh'), hint: t('feeds.freshHint') },
    create: {
      action: paths.feeds,
      field: {
        name: 'of', label: t('feeds.whose'), type: 'select', value: typed, hint: t('feeds.whoseHint'), ...(error === undefined ? {} : { error }),
        options: [{ value: 'mine', label: t('feeds.of.mine') }, ...branches.map(({ id, name }) => ({ value: `branch-${id}`, label: t('feeds.of.branch', { branch: name }) }))],
      },
    },
    rows: feeds.map((feed) => ({
      what: what(feed), who: feed.user_name, made: moment(reader, feed.created_at).text, read: feed.last_read_at ? moment(reader, feed.last_read_at).text : t('feeds.neverRead'),
      revoke: { action: paths.feedRevocation(feed.id), hiddenLabel: t('feeds.revokeOf', { what: what(feed), who: feed.user_name }) },
    })),
    errors: error === undefined ? [] : [{ field: 'of', text: error }],
  }
}
