// Prints its process id, waits for SIGTERM, and exits with the given exit code.
process.on('SIGTERM', () => process.exit(Number(process.argv[2])))
process.stdout.write(`${process.pid}\n`)
setInterval(() => {}, 1_000)
