/** What an open page may look at. */
export type Topic = `user:${number}` | `campaign:${number}` | `candidate:${number}` | `replies:${number}`

export type TopicKind = 'campaign' | 'candidate'

/** More than any page shows. */
export const TOPICS_PER_PAGE = 50

/** Pages of one person that are open and in view at once, per web process; beyond it pages ask again and again, as without live news. */
export const STREAMS_PER_USER = 12
export const STREAMS_PER_PROCESS = 4_000

/** News of the same moment come together, and no page reads itself again more often than this. */
export const GATHER_MS = 300

/** Proxies end what is silent for long; with it goes the question whether the person is still signed in. */
export const BEAT_MS = 15_000

/** How often new answers and texts are looked for, while a page is open that could show them. */
export const ARRIVALS_MS = 500
