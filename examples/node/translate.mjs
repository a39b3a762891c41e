// Prints in English what is said in another language: `node translate.mjs rede.mp3`.
import { createReadStream } from "node:fs";
import OpenAI from "openai";

const translation = await new OpenAI().audio.translations.create({
  model: "whisper-1",
  file: createReadStream(process.argv[2]),
});
console.log(translation.text);
