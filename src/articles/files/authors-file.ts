/** Whether a path may be an authors file, as Docusaurus, Jekyll, Hugo and Eleventy keep one. */
export function isAuthorsFile(path: string): boolean {
  return /(?:^|[\\/])authors\.(?:ya?ml|json|toml)$/.test(path)
}
