// A proxy to another port that delays every byte by some milliseconds, each way.
import { connect, createServer, type Socket } from 'node:net'

const [port, to, delayMs] = process.argv.slice(2).map(Number)

function pass(from: Socket, into: Socket): void {
  from.on('data', (chunk) => setTimeout(() => into.writable && into.write(chunk), delayMs))
  from.on('close', () => setTimeout(() => into.destroy(), delayMs))
  from.on('error', () => {})
}

createServer({ noDelay: true }, (client) => {
  const server = connect({ port: to as number, host: '127.0.0.1', noDelay: true })
  pass(client, server)
  pass(server, client)
}).listen(port, '127.0.0.1')
