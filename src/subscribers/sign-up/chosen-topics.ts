/**
 * What is stored of the topics that a reader ticked, by whatever way they came: those, sorted; or none where it is all that the
 * publication `offers`, so that topics which are added later are among them.
 */
export function chosenTopics(offers: Iterable<string>, ticked: Iterable<string>): string[] {
  const chosen = new Set(ticked)
  return [...offers].every((topic) => chosen.has(topic)) ? [] : [...chosen].sort()
}
