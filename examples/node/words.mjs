// Prints when each word of an audio file begins and ends: `node words.mjs talk.mp3`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const transcription = await new OpenAI().audio.transcriptions.create({
  model: "whisper-1",
  file: createReadStream(process.argv[2]),
  response_format: "verbose_json",
  timestamp_granularities: ["word"],
});
for (const { start, end, word } of transcription.words) {
  console.log(start.toFixed(2).padStart(7), end.toFixed(2).padStart(7), word);
}
