// A bare Express server with one route.
import express from 'express'

const app = express()
app.get('/feed.xml', (_request, response) => void response.type('application/rss+xml').send('<rss/>'))
app.listen(Number(process.env.PORT), '127.0.0.1')
