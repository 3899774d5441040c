// Keeps the progress of running issues up to date while the page is visible. Without it the page shows the numbers of when it was loaded.
// A page has [data-live="today"] with data-most, the number of issues that it lists, or [data-live="issue:ID"] with the data-state of the issue, and in it [data-part] and [data-count].
;(() => {
  const address = document.currentScript.dataset.stream
  const loadedAt = Date.now()
  /** A page that cannot have a stream loads itself anew after this time, in milliseconds. */
  const refreshMs = 10_000
  /** Two loads follow each other no faster than this. */
  const restMs = 3_000
  const running = ['preparing', 'sending']
  let source
  let refresh

  const issues = () => [...document.querySelectorAll('[data-live^="issue:"]')].filter(({ dataset }) => running.includes(dataset.state))
  const isToday = () => document.querySelector('[data-live="today"]') !== null

  function reloadSoon(afterMs) {
    clearTimeout(refresh)
    refresh = setTimeout(() => {
      // Nobody loses what they are typing.
      if (document.activeElement?.matches('input, textarea, select')) reloadSoon(refreshMs)
      else location.reload()
    }, afterMs)
  }

  function show(element, issue) {
    const numbers = new Intl.NumberFormat(document.documentElement.lang)
    for (const one of element.querySelectorAll('[data-count]')) {
      // The size of the audience is not known while it is being prepared.
      const count = one.dataset.count === 'audience' ? issue.all : issue.counts[one.dataset.count]
      if (typeof count === 'number') one.textContent = numbers.format(count)
    }
    for (const one of element.querySelectorAll('[data-part]')) {
      if (one.dataset.part === 'sentence') one.textContent = issue.sentence
      if (one.dataset.part === 'rate') one.textContent = issue.rate_text
      if (one.dataset.part === 'bar') {
        one.max = Math.max(issue.all, 1)
        one.value = issue.settled
      }
    }
  }

  /** An issue that began, ended or changed its state changes more of the page than its numbers. */
  function take({ data }) {
    const told = new Map(JSON.parse(data).issues.map((issue) => [`issue:${issue.id}`, issue]))
    const shown = issues()
    for (const element of shown) {
      const issue = told.get(element.dataset.live)
      if (issue) show(element, issue)
    }
    const isSame = shown.every((one) => told.get(one.dataset.live)?.state === one.dataset.state)
    // Today lists the first ones, and never fewer than there are below that.
    const listed = document.querySelector('[data-live="today"]')?.dataset.most
    const isAll = listed === undefined || shown.length === Math.min(told.size, Number(listed))
    if (!isSame || !isAll) reloadSoon(Math.max(0, loadedAt + restMs - Date.now()))
  }

  function open() {
    if (source || document.visibilityState !== 'visible' || !(isToday() || issues().length > 0)) return
    source = new EventSource(address)
    source.addEventListener('progress', take)
    source.addEventListener('error', () => {
      // Otherwise the browser tries again by itself.
      if (source?.readyState !== EventSource.CLOSED) return
      close()
      reloadSoon(refreshMs)
    })
  }

  function close() {
    source?.close()
    source = undefined
    clearTimeout(refresh)
  }

  document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? open() : close()))
  addEventListener('pagehide', close)
  addEventListener('pageshow', open)
})()
