// Prints subtitles of an audio file: `node subtitles.mjs talk.mp3 > talk.srt`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const subtitles = await new OpenAI().audio.transcriptions.create({
  model: "whisper-1",
  file: createReadStream(process.argv[2]),
  response_format: "srt",
});
process.stdout.write(subtitles);
