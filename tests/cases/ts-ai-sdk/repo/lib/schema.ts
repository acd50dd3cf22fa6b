import { z } from 'zod'

export const body = z.object({ text: z.string(), effort: z.enum(['low', 'high']).default('low') })
