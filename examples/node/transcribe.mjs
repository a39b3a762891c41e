// Prints what is said in an audio file: `node transcribe.mjs talk.mp3`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const transcription = await new OpenAI().audio.transcriptions.create({
  model: "whisper-1",
  file: createReadStream(process.argv[2]),
});
console.log(transcription.text);
