import { Readable } from 'node:stream'
import type { Deps } from '../deps.ts'
import { watchAnswers, watchReplies } from './arrivals-watch.ts'
import { BEAT_MS, GATHER_MS, STREAMS_PER_PROCESS, STREAMS_PER_USER, type Topic } from './news.domain.ts'
import { listOpenSessions } from './news.queries.ts'

type Reader = {
  userId: number
  sessionId: number
  topics: ReadonlySet<Topic>
  /** It was open before: what happened meanwhile is read again. */
  isAgain: boolean
}
type Stream = Reader & { body: Readable; waiting: Set<string>; timer: NodeJS.Timeout | undefined }

export type Feed = ReturnType<typeof createFeed>

/** Said to a page that may have missed something: it reads everything again. */
const EVERYTHING = '*'

/** What the open pages of this process are told. Nothing runs until the first page opens, and one listener serves them all. */
export function createFeed(deps: Pick<Deps, 'db' | 'listen' | 'log'>) {
  const streams = new Set<Stream>()
  const byTopic = new Map<string, Set<Stream>>()
  let listener: { stop(): Promise<void> } | undefined
  let beat: NodeJS.Timeout | undefined
  let isClosed = false
  const lookedAt = (...kinds: string[]) => [...byTopic.keys()].some((topic) => kinds.some((kind) => topic.startsWith(kind)))
  const hear = (topics: Topic[]) => topics.forEach(publish)
  const arrivals = [
    watchAnswers(deps, { isWanted: () => lookedAt('campaign:', 'candidate:'), hear }),
    watchReplies(deps, { isWanted: () => lookedAt('replies:', 'campaign:', 'candidate:'), hear }),
  ]

  function publish(topic: string): void {
    for (const stream of byTopic.get(topic) ?? []) say(stream, topic)
  }

  function close(stream: Stream): void {
    if (!streams.delete(stream)) return
    clearTimeout(stream.timer)
    for (const topic of stream.topics) {
      const others = byTopic.get(topic)
      others?.delete(stream)
      if (others?.size === 0) byTopic.delete(topic)
    }
    if (streams.size > 0) return
    clearInterval(beat)
    beat = undefined
    for (const each of arrivals) each.stop()
  }

  /** A line now and then, and the end for whoever has signed out, was deactivated or has been away for too long. */
  async function beatOnce(): Promise<void> {
    for (const { body } of streams) body.push(': \n\n')
    const asked = [...streams]
    const open = new Set(await listOpenSessions(deps.db, [...new Set(asked.map(({ sessionId }) => sessionId))]))
    for (const { sessionId, body } of asked) if (!open.has(sessionId)) body.push(null)
  }

  return {
    /** Undefined where there are too many already. */
    open(reader: Reader): Readable | undefined {
      if (isClosed || streams.size >= STREAMS_PER_PROCESS || [...streams].filter(({ userId }) => userId === reader.userId).length >= STREAMS_PER_USER) return undefined
      const body = new Readable({ read() {} })
      const stream: Stream = { ...reader, body, waiting: new Set(), timer: undefined }
      body.once('close', () => close(stream))
      streams.add(stream)
      for (const topic of reader.topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(stream))
      body.push(reader.isAgain ? `data: ${EVERYTHING}\n\n` : ': \n\n')
      listener ??= deps.listen('news', { hear: (payload) => payload.split(' ').forEach(publish), began: () => { for (const each of streams) say(each, EVERYTHING) } })
      beat ??= setInterval(() => { void beatOnce().catch((err: unknown) => deps.log.warn({ err }, 'open pages were not looked after')) }, BEAT_MS).unref()
      for (const each of arrivals) each.start()
      for (const topic of arrivals.flatMap((each) => each.recent())) if (reader.topics.has(topic)) say(stream, topic)
      return body
    },
    /** Asks now what is otherwise asked every few seconds. */
    beatOnce,
    /** Every open page ends at once; it comes back by itself, to whichever process is there then. */
    async end(): Promise<void> {
      isClosed = true
      for (const { body } of streams) body.push(null)
      for (const stream of streams) close(stream)
      await listener?.stop()
    },
  }
}

/** At once, and then at most every so often, with whatever came meanwhile. */
function say(stream: Stream, topic: string): void {
  stream.waiting.add(topic)
  if (stream.timer) return
  flush(stream)
}

function flush(stream: Stream): void {
  stream.timer = undefined
  if (stream.waiting.size === 0) return
  // A page knows only one person, and one company's texts.
  stream.body.push(`data: ${[...stream.waiting].map((topic) => (/^(user|replies):/.exec(topic)?.[1] ?? topic)).join(' ')}\n\n`)
  stream.waiting.clear()
  stream.timer = setTimeout(flush, GATHER_MS, stream)
}
