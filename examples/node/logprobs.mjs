// Prints how sure the model is of each token, as a natural logarithm: `node logprobs.mjs talk.mp3`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const transcription = await new OpenAI().audio.transcriptions.create({
  model: "gpt-4o-transcribe",
  file: createReadStream(process.argv[2]),
  include: ["logprobs"],
});
for (const { token, logprob } of transcription.logprobs) {
  console.log(logprob.toFixed(3).padStart(8), JSON.stringify(token));
}
