/** The declarations of a `style` attribute, with names in lower case. */
export function declarationsOf(style: string): [name: string, value: string][] {
  return style.split(';').flatMap((declaration): [string, string][] => {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*:\s*(.*?)\s*(?:!important\s*)?$/s.exec(declaration) ?? []
    return name === '' ? [] : [[name.toLowerCase(), value]]
  })
}
