/** Examples for the end of a command's help, one a line: `addHelpText('after', exampleText('issues', 'issues list --json'))`. */
export function exampleText(...commands: readonly string[]): string {
  return `\n${commands.length === 1 ? 'Example' : 'Examples'}:\n${commands.map((words) => `  broadsheet ${words}`).join('\n')}`
}
