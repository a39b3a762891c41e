"""OpenAI's clients for Node and Go, put to the gateway by programs in their own languages, and what runs those."""
