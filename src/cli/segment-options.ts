import type { Command } from 'commander'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { readSegment, type Segment, type SegmentWords } from '../subscribers/segment.ts'

/** Options that select subscribers. Without any of them, all subscribers are selected. */
export function withSegmentOptions(command: Command): Command {
  return command
    .option('--digest <name>', 'only subscribers of this digest')
    .option('--state <state>', 'pending, confirmed or unsubscribed')
    .option('--source <source>', 'where a subscription came from, such as form or import')
    .option('--topic <name>', 'only who gets articles on this topic: chose it, or chose no topic')
    .option('--since <day>', 'only who was added on this day (UTC) or later, or after an instant')
}

export function segmentOf(context: SubscribersContext, { digest, state, source, topic, since }: SegmentWords): Segment {
  const given = Object.entries({ digest, state, source, topic, since }).filter(([, word]) => word !== undefined)
  const reading = readSegment(context.publication(), Object.fromEntries(given))
  if (!reading.ok) {
    // An unknown topic depends on publication.yaml, so it is not a usage error; a bad state or day is.
    const Failure = reading.field === 'topic' ? StartFailure : Misuse
    throw new Failure([`--${reading.field}: ${reading.reason}`])
  }
  return reading.segment
}
