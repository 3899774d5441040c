import type { Command } from 'commander'
import { Misuse, StartFailure } from '../platform/start-failure.ts'
import type { SubscribersContext } from '../subscribers/context.ts'
import { readSegment, type Segment, type SegmentWords } from '../subscribers/segment.ts'

/** The options that say which subscribers are meant; none of them: all. */
export function withSegmentOptions(command: Command): Command {
  return command
    .option('--digest <name>', 'who has a subscription to it')
    .option('--state <state>', 'pending, confirmed or unsubscribed')
    .option('--source <source>', 'where a subscription came from, such as form or import')
    .option('--topic <name>', 'who gets its articles: chose it, or chose none')
    .option('--since <day>', 'who came on this day (of UTC) or later, or after an instant')
}

export function segmentOf(context: SubscribersContext, { digest, state, source, topic, since }: SegmentWords): Segment {
  const given = Object.entries({ digest, state, source, topic, since }).filter(([, word]) => word !== undefined)
  const reading = readSegment(context.publication(), Object.fromEntries(given))
  if (!reading.ok) {
    // What topics there are the folder says; what a state or a day looks like it does not.
    const Failure = reading.field === 'topic' ? StartFailure : Misuse
    throw new Failure([`--${reading.field}: ${reading.reason}`])
  }
  return reading.segment
}
