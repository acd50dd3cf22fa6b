import { z } from "zod";
import OpenAI from "openai";
import { createTRPCRouter, publicProcedure } from "~/server/api/trpc";
export const chatRouter = createTRPCRouter({
  ask: publicProcedure.input(z.object({ q: z.string() })).mutation(async ({ input }) => {
    return new OpenAI().chat.completions.create({ model: "gpt-4o-mini", messages: [] });
  }),
});
