// The baseline: node:http with a constant buffer that has the size and headers of a feed.
import { createServer } from 'node:http'

const body = Buffer.alloc(Number(process.env.BYTES ?? 50_000), 'x')
const headers = [
  'Content-Type',
  'application/rss+xml; charset=utf-8',
  'Content-Length',
  String(body.length),
  'ETag',
  '"constant"',
  'Vary',
  'Accept-Encoding',
  'Cache-Control',
  'public, max-age=60',
]

createServer((request, response) => {
  if (request.headers['if-none-match']) {
    response.writeHead(304, ['ETag', '"constant"', 'Vary', 'Accept-Encoding', 'Cache-Control', 'public, max-age=60'])
    response.end()
    return
  }
  response.writeHead(200, headers)
  response.end(body)
}).listen(Number(process.env.PORT), '127.0.0.1')
