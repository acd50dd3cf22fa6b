import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { resolvers } from "./resolvers";
const server = new ApolloServer({ typeDefs: "x", resolvers });
await startStandaloneServer(server, { listen: { port: 4000 } });
