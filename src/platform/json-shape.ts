import { z } from 'zod'

/*
 * Shapes of answers of the API. A function that makes JSON has such a shape as its type, so that the compiler checks it and nothing is
 * parsed at run time. OpenAPI is written from the shapes.
 */

/** An instant in ISO 8601, in UTC. */
export const instant = z.string().meta({ format: 'date-time' })

export const count = z.int().min(0)

/** The type of JSON of a shape. */
export type Json<Shape extends z.ZodType> = Frozen<z.output<Shape>>

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value
