// Says its process id, then waits to be told to stop, and ends with the exit code that it was given.
process.on('SIGTERM', () => process.exit(Number(process.argv[2])))
process.stdout.write(`${process.pid}\n`)
setInterval(() => {}, 1_000)
