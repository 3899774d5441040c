// Accepts and discards all mail. The second argument is how late each reply is, in milliseconds; replies do not overtake each other.
import { createServer } from 'node:net'

const [port, lateMs = '0'] = process.argv.slice(2)

createServer((socket) => {
  let isBody = false
  let tail = ''
  let waiting = 0
  function reply(text: string): void {
    if (lateMs === '0') return void socket.write(text)
    // Each reply of a pipelined command is as late as if it had been asked alone.
    setTimeout(() => {
      waiting--
      socket.write(text)
    }, Number(lateMs) * ++waiting)
  }
  socket.on('error', () => {})
  socket.write('220 sink\r\n')
  socket.on('data', (chunk) => {
    if (isBody) {
      // The end is all that matters of a message.
      tail = (tail + chunk.subarray(-5).toString('latin1')).slice(-5)
      if (tail !== '\r\n.\r\n') return
      isBody = false
      tail = ''
      reply('250 taken\r\n')
      return
    }
    const text = tail + chunk.toString('latin1')
    for (const line of text.split('\r\n').slice(0, -1)) {
      isBody = line === 'DATA'
      if (line === 'QUIT') socket.end('221 bye\r\n')
      else reply(isBody ? '354 go on\r\n' : '250 fine\r\n')
    }
  })
}).listen(Number(port), '127.0.0.1')
