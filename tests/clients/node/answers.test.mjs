// OpenAI's Node client gets whole answers, whatever it sends the file from, and refusals as its own exceptions.
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import OpenAI, { toFile, toStreamingFile } from "openai";

const SPEECH = process.env.SPEECH;
const WHOLE = "Hello. Hello. Hello.";
const client = new OpenAI({ maxRetries: 0 });
const patient = new OpenAI({ maxRetries: 2 });

const asked = (more) => ({ model: "whisper-1", file: createReadStream(SPEECH), ...more });
const transcribe = (more, options) => client.audio.transcriptions.create(asked(more), options);
const translate = (more) => client.audio.translations.create(asked(more));

const UPLOADS = {
  "a file's stream": () => createReadStream(SPEECH),
  "bytes with a name": async () => toFile(await readFile(SPEECH), "speech.wav"),
  "bytes without one": async () => toFile(await readFile(SPEECH)),
  "a File with a type": async () => new File([await readFile(SPEECH)], "говор.wav", { type: "audio/wav" }),
  "chunks without a length": () => toStreamingFile(createReadStream(SPEECH), "speech.wav"),
};
for (const [what, open] of Object.entries(UPLOADS)) {
  test(`uploads ${what}`, async () => {
    const transcription = await transcribe({ file: await open() });
    assert.equal(transcription.text, WHOLE);
    assert.deepEqual(transcription.usage, { type: "duration", seconds: 18 });
    assert.match(transcription._request_id, /^req_/);
  });
}

test("verbose_json has segments and words with every field", async () => {
  const verbose = await transcribe({ response_format: "verbose_json", timestamp_granularities: ["word", "segment"] });
  assert.deepEqual([verbose.language, verbose.duration, verbose.text], ["english", 18, WHOLE]);
  assert.deepEqual(verbose.segments.map(({ id, text }) => [id, text]), [[0, " Hello."], [1, " Hello."], [2, " Hello."]]);
  for (const segment of verbose.segments) {
    const { text, tokens, ...numbers } = segment;
    assert.equal(tokens.every(Number.isInteger), true);
    assert.deepEqual(
      Object.keys(numbers).sort(),
      ["avg_logprob", "compression_ratio", "end", "id", "no_speech_prob", "seek", "start", "temperature"],
    );
    assert.equal(Object.values(numbers).every(Number.isFinite), true);
  }
  assert.deepEqual(verbose.words.map(({ word }) => word), ["Hello", "Hello", "Hello"]);
  assert.equal(verbose.words.every(({ start, end }) => start < end), true);
});

test("text, srt and vtt arrive as strings", async () => {
  assert.equal(await transcribe({ response_format: "text" }), `${WHOLE}\n`);
  assert.match(await transcribe({ response_format: "srt" }), /^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nHello\.\n\n2\n/);
  assert.match(await transcribe({ response_format: "vtt" }), /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nHello\.\n\n/);
});

test("log probabilities name their tokens", async () => {
  const { logprobs } = await transcribe({ model: "gpt-4o-transcribe", include: ["logprobs"] });
  assert.equal(logprobs.length, 3);
  assert.deepEqual(logprobs[0], { token: " Hello.", logprob: -0.25, bytes: [...Buffer.from(" Hello.")] });
});

test("arrays and objects of a form are understood", async () => {
  const chunking_strategy = { type: "server_vad", threshold: 0.6, prefix_padding_ms: 200, silence_duration_ms: 500 };
  const languages = ["en", "de"];
  const keywords = ["Earshot", "Triton"];
  assert.equal((await transcribe({ chunking_strategy, languages, keywords })).text, WHOLE);
  assert.equal((await transcribe({ chunking_strategy: "auto" })).text, WHOLE);
  await assert.rejects(transcribe({ chunking_strategy: { ...chunking_strategy, threshold: 7 } }), {
    status: 400,
    param: "chunking_strategy[threshold]",
  });
  await assert.rejects(transcribe({ languages: ["en", "klingon"] }), { status: 400, code: "invalid_language_format" });
});

test("translations", async () => {
  assert.deepEqual(await translate().then(({ text }) => text), WHOLE);
  const verbose = await translate({ response_format: "verbose_json" });
  assert.deepEqual([verbose.language, verbose.segments.length], ["english", 3]);
  assert.match(await translate({ response_format: "srt" }), /^1\n00:00:00,/);
});

test("models are listed and retrieved, also by a name with a slash", async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.equal(names.includes("whisper-1"), true);
  assert.equal((await client.models.retrieve("whisper-1")).owned_by, "earshot");
  await assert.rejects(client.models.retrieve("org/name"), (error) => {
    assert.equal(error instanceof OpenAI.NotFoundError, true);
    assert.match(error.message, /'org\/name' does not exist/);
    return true;
  });
});

test("a bad option is a BadRequestError that names it", async () => {
  await assert.rejects(transcribe({ language: "klingon" }), (error) => {
    assert.equal(error instanceof OpenAI.BadRequestError, true);
    assert.deepEqual(
      [error.code, error.param, error.type],
      ["invalid_language_format", "language", "invalid_request_error"],
    );
    assert.match(error.requestID, /^req_[0-9a-f]{32}$/);
    assert.match(error.message, /ISO-639-1/);
    return true;
  });
});

test("a wrong key is an AuthenticationError", async () => {
  await assert.rejects(transcribe({}, { headers: { authorization: "Bearer wrong" } }), (error) => {
    assert.equal(error instanceof OpenAI.AuthenticationError, true);
    assert.equal(error.code, "invalid_api_key");
    return true;
  });
});

test("an unknown model is a NotFoundError", async () => {
  await assert.rejects(transcribe({ model: "whisper-9" }), (error) => {
    assert.equal(error instanceof OpenAI.NotFoundError, true);
    assert.deepEqual([error.code, error.param], ["model_not_found", null]);
    return true;
  });
});

const LARGE = Buffer.alloc(40 << 20);
const LARGE_UPLOADS = {
  "with its length": () => toFile(LARGE, "large.wav"),
  "in chunks": () => toStreamingFile(new Blob([LARGE]).stream(), "large.wav"),
};
for (const [how, open] of Object.entries(LARGE_UPLOADS)) {
  test(`a file that is too large, sent ${how}, is a clear 413 and not a broken connection`, async () => {
    await assert.rejects(patient.audio.transcriptions.create(asked({ file: await open() })), (error) => {
      assert.equal(error instanceof OpenAI.APIError, true);
      assert.equal(error.status, 413);
      assert.match(error.message, /Maximum content size limit/);
      return true;
    });
    assert.equal((await transcribe()).text, WHOLE);
  });
}

test("a recognizer that was away is asked again, after the wait that the server named", async () => {
  const started = performance.now();
  const file = await toFile(await readFile(SPEECH), "speech.wav"); // a file's stream can't be sent twice
  const { text } = await patient.audio.transcriptions.create(asked({ file, prompt: "away once" }));
  assert.equal(text, WHOLE);
  assert.equal(performance.now() - started >= 1000, true);
});

test("without another try it is an InternalServerError that says when to come back", async () => {
  await assert.rejects(transcribe({ prompt: "away once, and not tried again" }), (error) => {
    assert.equal(error instanceof OpenAI.InternalServerError, true);
    assert.deepEqual([error.status, error.code], [503, "recognizer_unavailable"]);
    assert.equal(error.headers.get("retry-after"), "1");
    return true;
  });
});
