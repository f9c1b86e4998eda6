import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Uploads } from './images.commands.ts'
import { IMAGE_ROLES, MAX_IMAGE_BYTES, type ImageRole } from './images.ts'

/** Two pictures, the texts, and what surrounds them. */
const MAX_FORM_BYTES = 2 * MAX_IMAGE_BYTES + 256 * 1024

/** Lets the routes of `forms` take forms with pictures, and says what came with a request. */
export async function takeImageForms(forms: FastifyInstance): Promise<(request: FastifyRequest) => Uploads> {
  await forms.register(multipart, { throwFileSizeLimit: false })
  const uploads = new WeakMap<FastifyRequest, Uploads>()
  // Before the form token is checked, which stands in the body; who may call the route was checked before any body is read.
  forms.addHook('preValidation', async (request) => {
    if (!request.isMultipart()) return
    const form = await readImageForm(request)
    request.body = form.fields
    uploads.set(request, form.uploads)
  })
  return (request) => uploads.get(request) ?? {}
}

/** Reads a whole form with pictures within its limits. A picture over the limit is read to its end but not kept, so that the page can say so. */
async function readImageForm(request: FastifyRequest): Promise<{ fields: Record<string, string>; uploads: Uploads }> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw new Problem('too-large')
  const fields: Record<string, string> = {}
  const uploads: Uploads = {}
  const limits = { fileSize: MAX_IMAGE_BYTES, files: IMAGE_ROLES.length, fields: 60, parts: 70, fieldSize: 16 * 1024, fieldNameSize: 100, headerPairs: 20 }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      if (part.valueTruncated) throw new Problem('too-large')
      if (typeof part.value === 'string') fields[part.fieldname] = part.value
      continue
    }
    const role = IMAGE_ROLES.find((one): one is ImageRole => part.fieldname === `${one}Image`)
    const chunks: Buffer[] = []
    for await (const chunk of part.file) if (role && !part.file.truncated) chunks.push(chunk as Buffer)
    // A file control left empty sends a file of no bytes and no name.
    if (!role || (chunks.length === 0 && !part.filename)) continue
    uploads[role] = part.file.truncated ? 'too_large' : { bytes: Buffer.concat(chunks), claim: { name: part.filename, type: part.mimetype } }
  }
  return { fields, uploads }
}
