// Judges documents with ajv in strict mode. In: {schemas: [...], documents: [[schema's $id, document], ...]} as JSON on
// stdin. Out: a list of the first complaint about each document, null where there is none.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(join(process.argv[2], 'package.json'))
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default

const editors = ['defaultSnippets', 'enumDescriptions', 'errorMessage']
const ours = ['x-devices', 'x-expected', 'x-file', 'x-holds', 'x-labels', 'x-longest-line', 'x-optional', 'x-secret', 'x-seed', 'x-wire']
const { schemas, documents } = JSON.parse(readFileSync(0, 'utf-8'))
const ajv = new Ajv({ strict: true, strictTypes: true, strictTuples: true, allowUnionTypes: true, schemas, logger: strict() })
addFormats(ajv)
ajv.addVocabulary([...editors, ...ours])

const told = documents.map(([id, document]) => {
  const validate = ajv.getSchema(id)
  return validate(document) ? null : ajv.errorsText(validate.errors)
})
process.stdout.write(JSON.stringify(told))

// What ajv would only remark on is a failure too.
function strict() {
  const fail = (...words) => { throw new Error(words.join(' ')) }
  return { log: fail, warn: fail, error: fail }
}
