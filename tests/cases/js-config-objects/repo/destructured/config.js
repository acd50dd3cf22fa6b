const { EMBEDDER_KEY } = process.env;
module.exports = { EMBEDDER_KEY, MODEL: "text-embedding-3-large" };
