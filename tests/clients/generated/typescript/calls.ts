// Every operation through the generated client, with a key; prints what test_generated_clients.py expects.

import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { connect } from "./client.js";
import type { components } from "./earshot.js";

const [path = "", server = "", key = ""] = process.argv.slice(2);
const client = connect(server, key);
const speech = { file: await openAsBlob(path), model: "whisper-1" };

function printRefusal({ error, response }: { error?: components["schemas"]["ErrorEnvelope"]; response: Response }) {
  assert(error);
  console.log(response.status, error.error.type, String(error.error.param), String(error.error.code));
}

const models = await client.GET("/v1/models");
assert(models.data);
console.log(...models.data.data.map((model) => model.id));

const model = await client.GET("/v1/models/{model}", { params: { path: { model: "org/whisper" } } });
assert(model.data);
console.log(model.data.id, model.data.owned_by);

const json = await client.POST("/v1/audio/transcriptions", { body: { ...speech, "include[]": ["logprobs"] } });
assert(json.data && "logprobs" in json.data);
console.log(json.data.text, json.data.usage?.seconds, json.data.logprobs?.[0]?.logprob);

const verbose = await client.POST("/v1/audio/transcriptions", {
  body: {
    ...speech,
    response_format: "verbose_json",
    "timestamp_granularities[]": ["segment", "word"],
    language: "en",
  },
});
assert(verbose.data && "words" in verbose.data);
const words = verbose.data.words?.map((word) => word.word) ?? [];
console.log(verbose.data.language, verbose.data.segments?.[0]?.text, ...words);

const translation = await client.POST("/v1/audio/translations", {
  body: { ...speech, response_format: "verbose_json" },
});
assert(translation.data && "task" in translation.data);
console.log(translation.data.task, translation.data.text);

printRefusal(await client.POST("/v1/audio/transcriptions", { body: { ...speech, model: "whisper-9" } }));
printRefusal(await client.POST("/v1/audio/transcriptions", { body: { ...speech, language: "klingon" } }));
printRefusal(await client.GET("/v1/models/{model}", { params: { path: { model: "nobody" } } }));
printRefusal(await connect(server, "").GET("/v1/models"));
