import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { freePort } from './process.ts'

const sinkFile = '/usr/sbin/smtp-sink'
const sourceFile = '/usr/sbin/smtp-source'

export interface Sink extends AsyncDisposable {
  readonly port: number
  readonly name: string
}

/** Postfix's smtp-sink if installed, otherwise our own. */
export async function startSink(): Promise<Sink> {
  const port = await freePort()
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const isPostfix = existsSync(sinkFile)
  const child = isPostfix
    ? spawn(sinkFile, [...asNobody, '-c', `127.0.0.1:${port}`, '2000'], { stdio: 'ignore' })
    : spawn(process.execPath, [resolve('bench/servers/smtp-sink.ts'), String(port)], { stdio: 'ignore' })
  await answering(port)
  return { port, name: isPostfix ? 'smtp-sink' : 'a sink of our own', [Symbol.asyncDispose]: () => end(child) }
}

/** A sink of our own, each of whose replies is `lateMs` late. */
export async function startLateSink(lateMs: number): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort()
  const child = spawn(process.execPath, [resolve('bench/servers/smtp-sink.ts'), String(port), String(lateMs)], { stdio: 'ignore' })
  await answering(port)
  return { port, [Symbol.asyncDispose]: () => end(child) }
}

/** A proxy to `to` that delays everything by `delayMs`, each way. */
export async function startDelay(to: number, delayMs: number): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort()
  const child = spawn(process.execPath, [resolve('bench/servers/delay.ts'), String(port), String(to), String(delayMs)], { stdio: 'ignore' })
  await answering(port)
  return { port, [Symbol.asyncDispose]: () => end(child) }
}

/** Messages a second of Postfix's smtp-source; undefined if it is not installed. */
export async function rateOfSource(port: number, connections: number, bytes: number, messages: number): Promise<number | undefined> {
  if (!existsSync(sourceFile)) return undefined
  const sizes = ['-s', String(connections), '-l', String(bytes), '-m', String(messages)]
  const began = performance.now()
  const child = spawn(sourceFile, ['-d', ...sizes, '-f', 'a@example.org', '-t', 'b@example.org', `127.0.0.1:${port}`], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`smtp-source ended with ${code}`)
  return (messages / (performance.now() - began)) * 1_000
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const isThere = await new Promise<boolean>((answer) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => socket.destroy() && answer(true))
      socket.on('error', () => answer(false))
    })
    if (isThere) return
    await new Promise((again) => setTimeout(again, 10))
  }
  throw new Error(`nothing answers on port ${port}`)
}
