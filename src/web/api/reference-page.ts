import { escapeMarkup as escaped } from '../../platform/html/escape.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: Schema
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>

interface Call {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly 'x-scope'?: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly description?: string; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Document {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly servers: readonly { readonly url: string }[]
}

/** The OpenAPI document as one page of HTML, without scripts and without anything from another host. */
export function referencePage(openapi: object): string {
  const document = openapi as Document
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, call]) => ({ call, title: `${method.toUpperCase()} ${path}` })),
  )
  const groups = document.tags.map(({ name }) => ({ name, calls: calls.filter(({ call }) => call.tags.includes(name)) }))
  const contents = groups.map(
    (group) => `<li><a href="#${group.name}">${group.name}</a>
<ul>${group.calls.map(({ call, title }) => `<li><a href="#${call.operationId}">${escaped(title)}</a></li>`).join('\n')}</ul></li>`,
  )
  const shapes = Object.entries(document.components.schemas)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Broadsheet API</title>
<link rel="stylesheet" href="../../assets/api.css">
</head>
<body>
<header><h1>Broadsheet API</h1>
<p>At <code>${escaped(document.servers[0]?.url ?? '')}</code>. For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p></header>
<nav aria-label="Calls"><ul>${contents.join('\n')}<li><a href="#shapes">Shapes</a></li></ul></nav>
<main>
${groups.map((group) => `<section><h2 id="${group.name}">${group.name}</h2>\n${group.calls.map(callSection).join('\n')}</section>`).join('\n')}
<section><h2 id="shapes">Shapes</h2>
${shapes.map(([name, schema]) => `<section><h3 id="shape-${name}">${name}</h3>\n${fieldsOf(schema)}</section>`).join('\n')}
</section>
</main>
</body>
</html>
`
}

function callSection({ call, title }: { readonly call: Call; readonly title: string }): string {
  const { operationId, summary, description, parameters, requestBody, responses } = call
  const scope = call['x-scope']
  const rows = parameters.map(({ name, in: place, required, description: words = '', schema }) =>
    row(`<code>${escaped(name)}</code>`, place, required ? 'yes' : '', typeOf(schema), escaped(words)),
  )
  const answers = Object.entries(responses).map(([status, answer]) =>
    row(
      status,
      escaped(answer.description),
      Object.entries(answer.content ?? {})
        .map(contentOf)
        .join('<br>'),
    ),
  )
  return `<section><h3 id="${operationId}"><code>${escaped(title)}</code></h3>
<p>${escaped(summary)}.${description === undefined ? '' : ` ${escaped(description)}`}</p>
<p>${scope === undefined ? 'Needs no token.' : `Scope <code>${scope}</code>.`} Name: <code>${operationId}</code>.</p>
${rows.length > 0 ? table(['Parameter', 'In', 'Needed', 'Type', 'Meaning'], rows) : ''}
${requestBody ? `<p>Body${requestBody.required ? '' : ' (may be left out)'}: ${Object.entries(requestBody.content).map(contentOf).join(', ')}</p>` : ''}
${table(['Status', 'Meaning', 'Body'], answers)}</section>`
}

function contentOf([type, { schema }]: readonly [string, { readonly schema?: Schema }]): string {
  return `<code>${type}</code>${schema?.$ref ? ` ${typeOf(schema)}` : ''}`
}

/** A table of the fields of a shape; fields of inner objects have a dot. */
function fieldsOf(schema: Schema): string {
  const rows = rowsOf(schema, '')
  return rows.length > 0 ? table(['Field', 'Always', 'Type', 'Meaning'], rows) : `<p>${typeOf(schema)}</p>`
}

function rowsOf(schema: Schema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const isAlways = schema.required?.includes(name) ? 'yes' : ''
    const inner = [field, ...(field.anyOf ?? []), ...(field.oneOf ?? [])]
      .flatMap((one) => [one, ...(one.items ? [one.items, ...(one.items.oneOf ?? [])] : [])])
      .flatMap((one) => rowsOf(one, `${path}.`))
    return [row(`<code>${escaped(path)}</code>`, isAlways, typeOf(field), escaped(field.description ?? '')), ...inner]
  })
}

function typeOf(schema: Schema): string {
  const { $ref, type, format, items, anyOf, oneOf } = schema
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return `<a href="#shape-${name}">${name}</a>`
  }
  if (schema.const !== undefined) return `<code>${escaped(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map((one) => `<code>${escaped(String(one))}</code>`).join(', ')
  if (items) return `list of ${typeOf(items)}`
  const choices = anyOf ?? oneOf
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ')
  const word = Array.isArray(type) ? type.join(' or ') : String(type ?? '')
  return `${escaped(word)}${format === undefined ? '' : ` (${escaped(format)})`}`
}

function table(heads: readonly string[], rows: readonly string[]): string {
  return `<div class="table" tabindex="0"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}
