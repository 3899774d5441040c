import { join } from 'node:path'

/** The product's own templates. What an operator's TEMPLATES_DIR lacks is taken from here. */
export const productTemplates: string = join(import.meta.dirname, '../../templates')
