/** How many of everything there are; campaigns include drafts and the few that are under way. */
export type Size = { people: number; campaigns: number; recipients: number }

/** An agency after many years: what every page and job is measured with. */
export const LARGEST: Size = { people: 1_000_000, campaigns: 10_000, recipients: 20_000_000 }

export function scaled(factor: number): Size {
  const part = (whole: number, least: number) => Math.max(least, Math.round(whole * factor))
  return { people: part(LARGEST.people, 200), campaigns: part(LARGEST.campaigns, 40), recipients: part(LARGEST.recipients, 2_000) }
}

export function inWords({ people, campaigns, recipients }: Size): string {
  const told = (n: number) => n.toLocaleString('en')
  return `${told(people)} people, ${told(campaigns)} campaigns, ${told(recipients)} recipients`
}

/** As `1000000/10000/20000000` or, for all three in proportion, as a factor: `0.1`. */
export function readSize(text: string): Size {
  const [people, campaigns, recipients] = text.split('/').map(Number)
  if (people !== undefined && campaigns !== undefined && recipients !== undefined) return { people, campaigns, recipients }
  if (people === undefined || !(people > 0 && people <= 1)) throw new Error(`${text} is no size: people/campaigns/recipients, or a factor up to 1`)
  return scaled(people)
}
