// Preloaded into the child of the launcher: where the launcher is gone, even by kill -9, the child stops as by SIGTERM.
if (process.channel) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // Not for the child's own children: the channel's number would mean nothing to them.
  delete process.env.NODE_CHANNEL_FD
}
