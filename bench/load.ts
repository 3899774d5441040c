import { connect } from 'node:net'

export interface Load {
  readonly perSecond: number
  readonly p99Ms: number
}

/**
 * Sends one request after the other over `connections` kept-alive sockets for `seconds`. Content-Length separates the
 * answers; each must have `status`.
 */
export async function load(port: number, request: string, status: number, connections: number, seconds: number): Promise<Load> {
  const times: number[] = []
  const bytes = Buffer.from(request)
  const end = performance.now() + seconds * 1_000
  const expected = Buffer.from(`HTTP/1.1 ${status}`)
  async function one(): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    await new Promise<void>((resolve, reject) => {
      let began = 0
      let missing = -1
      const send = () => {
        began = performance.now()
        missing = -1
        socket.write(bytes)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        if (missing < 0) {
          if (!chunk.subarray(0, expected.length).equals(expected))
            return reject(new Error(`not ${status}: ${chunk.toString('latin1', 0, 60)}`))
          const headEnd = chunk.indexOf('\r\n\r\n')
          const head = chunk.toString('latin1', 0, headEnd)
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
          missing = (status === 304 ? 0 : length) - (chunk.length - headEnd - 4)
        } else missing -= chunk.length
        if (missing > 0) return
        const now = performance.now()
        times.push(now - began)
        if (now < end) send()
        else {
          socket.destroy()
          resolve()
        }
      })
    })
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, one))
  const elapsed = (performance.now() - began) / 1_000
  times.sort((a, b) => a - b)
  return { perSecond: times.length / elapsed, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 }
}
