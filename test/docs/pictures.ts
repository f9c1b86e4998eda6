import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import sharp from 'sharp'
import { translator } from '../../src/words/index.ts'
import { LANGUAGES, type Language } from '../../src/words/define.ts'
import { findChromium } from '../support/chromium.ts'
import { startDemonstration, type Demonstration } from './demonstration.ts'
import { README_SHOTS, SHOTS, type Shot } from './shots.ts'

/**
 * `npm run docs:pictures`: every picture of the guides and of the README, made anew from the demonstration at one fixed moment, so
 * that two runs differ only where a page has changed. `-- compose check` makes these alone.
 */
const root = path.resolve(import.meta.dirname, '../..')
const folder = path.join(root, 'docs/images')
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--font-render-hinting=none', '--force-color-profile=srgb']

/** Levels of 256 between two points that look the same. */
const LIKE = 32

const only = process.argv.slice(2)
const isAsked = ({ name }: Shot) => only.length === 0 || only.includes(name)
await mkdir(folder, { recursive: true })

/** One page that has changed its words must not keep the others from being made. */
const failures: string[] = []
const made = new Set<string>()
const demonstration = await startDemonstration()
const { executablePath, env } = await findChromium()
const browser = await chromium.launch({ executablePath, env, args: [...FLAGS, `--host-resolver-rules=MAP ${demonstration.linkHost}:80 ${new URL(demonstration.url).host}`] })
try {
  for (const language of LANGUAGES) await take(SHOTS.filter(isAsked), language, (name) => path.join(folder, `${name}.${language}.webp`))
  await take(README_SHOTS.filter(isAsked), 'fr', (name) => path.join(root, `docs/${name}.png`))
} finally {
  await browser.close()
  await demonstration.stop()
}
if (only.length === 0 && failures.length === 0) await removeOthers()
process.exit(failures.length > 0 ? 1 : 0)

/** Pictures that no guide has any more. */
async function removeOthers(): Promise<void> {
  for (const name of await readdir(folder)) if (!made.has(path.join(folder, name))) await rm(path.join(folder, name))
}

async function take(shots: readonly Shot[], language: Language, fileOf: (name: string) => string): Promise<void> {
  for (const shot of shots) {
    const file = fileOf(shot.name)
    const page = await openPage(browser, demonstration, language, shot)
    const given = { page, demonstration, language, t: translator(language) }
    try {
      const shown = await shot.show(given)
      await settle(page, shot)
      made.add(file)
      const picture = await encode(await capture(page, shot, shown), file)
      if (!(await looksLike(picture, file))) await writeFile(file, picture)
      await shot.after?.(given)
      console.log(`${path.relative(root, file)}  ${Math.round((await stat(file)).size / 1024)} KB`)
    } catch (error) {
      failures.push(file)
      console.error(`✗ ${path.relative(root, file)}: ${(error as Error).message}`)
    }
    await page.context().close()
  }
}

async function openPage(in_: Browser, { url, signIn }: Demonstration, language: Language, { width = 1100, height = 780, scale = 1.25, isPublic = false }: Shot): Promise<Page> {
  const context = await in_.newContext({
    baseURL: url, viewport: { width, height }, deviceScaleFactor: scale, colorScheme: 'light', reducedMotion: 'reduce', locale: language === 'fr' ? 'fr-FR' : 'en-GB', timezoneId: 'Europe/Paris',
  })
  // Nobody waits for a page that hangs, and a slow machine must not spoil a picture.
  context.setDefaultTimeout(180_000)
  const page = await context.newPage()
  if (!isPublic) {
    await signIn(page.request)
    const token = /name="_csrf" value="([^"]+)"/.exec(await (await page.request.get('/account')).text())?.[1] ?? ''
    await page.request.post('/language', { form: { _csrf: token, language, back: '/' } })
  }
  return page
}

/** Pictures and letters are there, and nothing moves any more. */
async function settle(page: Page, { isWindow = false }: Shot): Promise<void> {
  await page.evaluate(`Promise.all([document.fonts.ready, ...[...document.images].map((image) => { image.loading = 'eager'; return image.decode().catch(() => {}) })])`)
  await page.evaluate(`for (const change of document.getAnimations()) change.finish?.()`)
  // What follows the eye on a screen would lie across a picture.
  if (!isWindow) await page.evaluate(`for (const bar of document.querySelectorAll('.form-foot, .selection-bar, .aside')) bar.style.position = 'static'`)
}

/** The part of the page that `shown` names (the main part if nothing), down to the height that the picture has room for. */
async function capture(page: Page, { most = 900, isWindow = false }: Shot, shown: string | void): Promise<Buffer> {
  if (isWindow) return page.screenshot({ caret: 'hide', animations: 'disabled' })
  const place = page.locator(shown ?? 'main').first()
  await place.scrollIntoViewIfNeeded()
  const box = await place.boundingBox()
  if (!box) throw new Error(`nothing to show at ${page.url()}`)
  const scrolled = await page.evaluate<number>('scrollY')
  return page.screenshot({ fullPage: true, caret: 'hide', animations: 'disabled', clip: { ...box, y: box.y + scrolled, height: Math.min(box.height, most) } })
}

/** Edges of letters come out a shade lighter or darker from time to time: what a person cannot tell apart stays as it is. */
async function looksLike(picture: Buffer, file: string): Promise<boolean> {
  if (!existsSync(file)) return false
  const [before, after] = await Promise.all([file, picture].map((from) => sharp(from).removeAlpha().raw().toBuffer({ resolveWithObject: true })))
  return before!.info.width === after!.info.width && before!.info.height === after!.info.height && before!.data.every((level, at) => Math.abs(level - after!.data[at]!) <= LIKE)
}

function encode(png: Buffer, file: string): Promise<Buffer> {
  const picture = sharp(png)
  return file.endsWith('.png') ? picture.png({ palette: true, colours: 192, effort: 10 }).toBuffer() : picture.webp({ quality: 80, effort: 6, smartSubsample: true }).toBuffer()
}
