// Adds a button to each text that is meant to be copied. Without this script, the text is selected by a click and copied by hand.
for (const shown of document.querySelectorAll('pre[data-copy]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet'
  button.textContent = shown.dataset.copy
  button.setAttribute('aria-label', `${shown.dataset.copy}: ${shown.getAttribute('aria-label') ?? ''}`)
  const told = document.createElement('span')
  told.className = 'quiet'
  told.setAttribute('role', 'status')
  button.addEventListener('click', async () => {
    told.textContent = ''
    told.textContent = (await copy(shown)) ? shown.dataset.copied : shown.dataset.selected
  })
  const line = document.createElement('p')
  line.className = 'copy'
  line.append(button, ' ', told)
  shown.after(line)
}

// The clipboard is open to https and localhost only. Elsewhere the text is selected, and copied where the browser allows it.
async function copy(shown) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(shown.textContent)
      return true
    } catch {
      // Refused by the browser's settings: select it instead.
    }
  }
  const selection = getSelection()
  selection.selectAllChildren(shown)
  return document.execCommand('copy')
}
