"""Stage 4: who reads what: fields, tokens, sites, consumers and models, and the queries over them."""
