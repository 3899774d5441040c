import { openMessages, wordsIn } from '../../src/platform/messages.ts'
import { productTemplates } from '../../src/platform/product-folder.ts'

/** The product's own words. */
export const productMessages = openMessages([productTemplates], () => 'UTC')

export const english = wordsIn(productMessages, 'en')
