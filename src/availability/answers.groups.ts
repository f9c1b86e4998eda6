import { done } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { recordAnswer, recordAnswersTogether, type AnswerOutcome } from './commands.ts'
import type { GivenAnswer } from './domain.ts'
import type { NewAnswer } from './queries.ts'

/** More than this would hold too many records at once, and no commit gets cheaper by it. */
const MOST_TOGETHER = 100
/** While one group commits, another is on its way. */
const MOST_WRITERS = 2

export type AnswerTaker = (scope: CompanyScope, campaignId: number, recipientId: number, answer: NewAnswer) => Promise<AnswerOutcome>

type Waiting = { scope: CompanyScope; answer: NewAnswer & { recipientId: number }; tell: (given: GivenAnswer | undefined) => void }
type Campaign = { waiting: Waiting[]; writers: number }

/**
 * Answers come in crowds after a campaign has left, and each alone costs a commit. While groups of a campaign are being written,
 * its next gathers; alone, an answer waits for nobody. Whatever a group cannot take is written by `recordAnswer`, which waits
 * where somebody is held and says why an answer is refused: no answer spoils the others of its group.
 */
export function createAnswerGroups(deps: Pick<Deps, 'db' | 'log'>): AnswerTaker {
  // A campaign of its own each: what holds one up, as its closing does, holds up no other.
  const campaigns = new Map<number, Campaign>()

  async function write(campaignId: number, campaign: Campaign): Promise<void> {
    // What arrives in the same turn of the event loop goes along.
    await new Promise((resolve) => { setImmediate(resolve) })
    while (campaign.waiting.length > 0) {
      const group = takeGroup(campaign)
      const written = await recordAnswersTogether(deps, group[0]!.scope, group.map(({ answer }) => answer)).catch((error: unknown) => {
        deps.log.warn({ err: error, answers: group.length }, 'answers could not be written together; each is written alone')
        return new Map<number, GivenAnswer>()
      })
      for (const { answer, tell } of group) tell(written.get(answer.recipientId))
    }
    campaign.writers -= 1
    if (campaign.writers === 0) campaigns.delete(campaignId)
  }

  return async (scope, campaignId, recipientId, answer) => {
    const given = await new Promise<GivenAnswer | undefined>((tell) => {
      const campaign = campaigns.get(campaignId) ?? { waiting: [], writers: 0 }
      campaigns.set(campaignId, campaign)
      campaign.waiting.push({ scope, answer: { ...answer, recipientId }, tell })
      // The first of a turn: those after it go along.
      if (campaign.waiting.length > 1 || campaign.writers >= MOST_WRITERS) return
      campaign.writers += 1
      void write(campaignId, campaign)
    })
    return given ? done(given) : recordAnswer(deps, scope, recipientId, answer)
  }
}

/** Each recipient once: a second answer depends on what became of the first. */
function takeGroup(campaign: Campaign): Waiting[] {
  const recipients = new Set<number>()
  const isNext = campaign.waiting.map(({ answer: { recipientId } }) => {
    if (recipients.size >= MOST_TOGETHER || recipients.has(recipientId)) return false
    recipients.add(recipientId)
    return true
  })
  const group = campaign.waiting.filter((_one, at) => isNext[at])
  campaign.waiting = campaign.waiting.filter((_one, at) => !isNext[at])
  return group
}
