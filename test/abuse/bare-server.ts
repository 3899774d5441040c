// An Express with one empty route: what answers take on this machine, under this load.
import type { AddressInfo } from 'node:net'
import express from 'express'

process.on('disconnect', () => process.exit(0))
const server = express()
  .get('/healthz', (_request, response) => void response.type('text').send('ok\n'))
  .listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
