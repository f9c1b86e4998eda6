import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { paths } from '../web/paths.ts'
import { isLanguage, type Language } from '../words/define.ts'
import { renderMarkdown, type Page, type Picture } from './markdown.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../docs')
const PICTURES = path.join(FOLDER, 'images')

/** A text of the documentation: guides come in both languages, technical ones in English. */
export type Text = Page & { name: string; language: Language }
export type Shelf = { texts: readonly Text[]; pictures: ReadonlyMap<string, Picture> }

let shelf: Promise<Shelf> | undefined

/** The documentation that came with the program, read once. */
export function openShelf(): Promise<Shelf> {
  shelf ??= readShelf().catch((error: unknown) => {
    shelf = undefined
    throw error
  })
  return shelf
}

/** The text of this name, in this language where there is a choice. */
export function findText({ texts }: Shelf, name: string, language: Language): Text | undefined {
  const found = texts.filter((text) => text.name === name)
  return found.find((text) => text.language === language) ?? found[0]
}

/** Only what is on the shelf has a file: nothing that is asked for becomes a path. */
export function readPicture({ pictures }: Shelf, name: string): Promise<Buffer> | undefined {
  return pictures.has(name) ? readFile(path.join(PICTURES, name)) : undefined
}

async function readShelf(): Promise<Shelf> {
  const files = (await namesIn(FOLDER)).filter((name) => name.endsWith('.md')).sort()
  const pictures = new Map(await Promise.all((await namesIn(PICTURES)).filter((name) => name.endsWith('.webp')).map(async (name) => [name, await measure(name)] as const)))
  const around = {
    link: (target: string) => addressOf(target, files),
    picture: (target: string) => pictures.get(path.posix.basename(target)),
  }
  const texts = await Promise.all(files.map(async (file) => ({ ...nameOf(file), ...renderMarkdown(await readFile(path.join(FOLDER, file), 'utf8'), around) })))
  return { texts, pictures }
}

/** A program that was installed without its documentation works all the same. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function measure(name: string): Promise<Picture> {
  const content = await readFile(path.join(PICTURES, name))
  const { width, height } = await sharp(content).metadata()
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 10)
  return { url: `${paths.helpPicture(name)}?v=${version}`, width, height }
}

/** `admin.fr.md` is the guide `admin` in French, `operator.md` an English text. */
function nameOf(file: string): { name: string; language: Language } {
  const [name = '', language] = path.basename(file, '.md').split('.')
  return { name, language: isLanguage(language) ? language : 'en' }
}

function addressOf(target: string, files: readonly string[]): string | undefined {
  const [file = '', anchor] = target.split('#')
  if (!files.includes(file)) return undefined
  const { name, language } = nameOf(file)
  return `${paths.helpText(name)}?lang=${language}${anchor ? `#${anchor}` : ''}`
}
