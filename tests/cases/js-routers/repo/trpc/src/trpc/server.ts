import "server-only";
import { createHydrationHelpers } from "@trpc/react-query/rsc";
import { createCaller } from "~/server/api/root";
const caller = createCaller(() => ({}));
export const { trpc: api, HydrateClient } = createHydrationHelpers(caller, () => ({}));
