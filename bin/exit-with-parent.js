// Preloaded into the child of the launcher. Stops the child when the launcher ends, so `kill -9` leaves no orphan.
if (process.channel) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // The child's own children do not inherit the channel.
  delete process.env.NODE_CHANNEL_FD
}
