/**
 * The topics to store for a reader's selection: sorted, or empty if the selection includes every offered topic, so that it also includes
 * topics that are added later.
 */
export function chosenTopics(offers: Iterable<string>, ticked: Iterable<string>): string[] {
  const chosen = new Set(ticked)
  return [...offers].every((topic) => chosen.has(topic)) ? [] : [...chosen].sort()
}
