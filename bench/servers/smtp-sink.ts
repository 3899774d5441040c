// Accepts and discards all mail, if Postfix's smtp-sink is not installed.
import { createServer } from 'node:net'

createServer((socket) => {
  let isBody = false
  let tail = ''
  socket.on('error', () => {})
  socket.write('220 sink\r\n')
  socket.on('data', (chunk) => {
    const text = tail + chunk.toString('latin1')
    if (isBody) {
      tail = text.slice(-5)
      if (tail !== '\r\n.\r\n') return
      isBody = false
      tail = ''
      socket.write('250 taken\r\n')
      return
    }
    for (const line of text.split('\r\n').slice(0, -1)) {
      isBody = line === 'DATA'
      if (line === 'QUIT') socket.end('221 bye\r\n')
      else socket.write(isBody ? '354 go on\r\n' : '250 fine\r\n')
    }
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
