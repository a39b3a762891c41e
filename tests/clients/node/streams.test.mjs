// OpenAI's Node client reads streams as they come, can leave them, and hears when they break off.
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { test } from "node:test";
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });

const stream = (more, options) =>
  client.audio.transcriptions.create(
    { model: "gpt-4o-transcribe", file: createReadStream(process.env.SPEECH), stream: true, ...more },
    options,
  );

test("deltas come, and then the whole text", async () => {
  const events = [];
  for await (const event of await stream({ include: ["logprobs"] })) events.push(event);
  const done = events.pop();
  assert.deepEqual([done.type, done.text], ["transcript.text.done", "Hello. Hello. Hello."]);
  assert.deepEqual(events.map(({ type, delta }) => [type, delta]), [
    ["transcript.text.delta", "Hello."],
    ["transcript.text.delta", " Hello."],
    ["transcript.text.delta", " Hello."],
  ]);
  assert.deepEqual(events.flatMap(({ logprobs }) => logprobs), done.logprobs);
});

test("the first delta comes before the last window is recognized, and leaving the loop ends the work", async () => {
  for await (const event of await stream({ prompt: "hold the last window until the loop is left" })) {
    assert.equal(event.delta, "Hello.");
    break;
  }
});

test("aborting a stream ends its loop and the work", async () => {
  const events = await stream({ prompt: "hold the last window until the stream is aborted" });
  const deltas = [];
  for await (const { delta } of events) {
    deltas.push(delta);
    if (deltas.length === 2) events.controller.abort();
  }
  assert.deepEqual(deltas, ["Hello.", " Hello."]);
});

test("aborting a request that is not streamed ends the work", async () => {
  const abort = new AbortController();
  const prompt = "hold the last window until the request is aborted";
  const answer = stream({ stream: false, prompt }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 2000);
  await assert.rejects(answer, OpenAI.APIUserAbortError);
});

test("a failure in mid-stream is an APIError", async () => {
  const events = (await stream({ prompt: "break off at the last window" }))[Symbol.asyncIterator]();
  assert.equal((await events.next()).value.delta, "Hello.");
  const rest = async () => {
    while (!(await events.next()).done);
  };
  await assert.rejects(rest, (error) => {
    assert.equal(error instanceof OpenAI.APIError, true);
    assert.equal(error.code, "recognizer_unavailable");
    assert.match(error.message, /away/);
    return true;
  });
});

test("a refusal before the first event has its status", async () => {
  const no_sound = new File(["no sound"], "a.wav");
  await assert.rejects(stream({ file: no_sound }), (error) => {
    assert.equal(error instanceof OpenAI.BadRequestError, true);
    assert.equal(error.param, "file");
    return true;
  });
});
